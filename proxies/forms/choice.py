"""The clients that an access serves, chosen among a few or among thousands.

Of an office with few clients each is a box. Of a larger one there are boxes for the first of those
chosen and for the first of those that go with a text; the keys of all others that are chosen stand
in one hidden field. Buttons search, choose all that were found, and take all out: they save nothing.
"""

from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

from proxies.models import OfficeClient
from proxies.models.offices import OfficeClientQuerySet

FEW = 30  # of so many clients each is a box
SHOWN = 20  # at most of those chosen, and of those found
FIND, ALL, NONE = "find", "all", "none"  # what the buttons do
_ORDER = ("name", "pk")


@dataclass(frozen=True, kw_only=True)
class Choice:
    """What the browser sends. ``text``: what is sought; ``asked``: for what the page showed boxes;
    ``act``: the button that was pressed, none of these if empty."""

    keys: frozenset[int]
    text: str = ""
    asked: str = ""
    act: str = ""


@dataclass(frozen=True, kw_only=True)
class Part:
    """Some boxes, of ``total`` clients."""

    rows: list[OfficeClient]
    total: int


class ClientsInput(forms.Widget):
    """``offered``: the clients that may be chosen."""

    template_name = "proxies/widgets/clients.html"
    use_fieldset = True
    offered: OfficeClientQuerySet = OfficeClient.objects.none()

    def value_from_datadict(self, data: Any, files: Any, name: str) -> Choice:  # noqa: ARG002
        kept = [key for key in str(data.get(f"{name}_kept", "")).split(",") if key]
        text, asked, act = (
            " ".join(str(data.get(f"{name}_{part}", "")).split())[:100]
            for part in ("text", "asked", "act")
        )
        keys = frozenset(map(_key, [*data.getlist(name), *kept]))
        if act == ALL:
            keys |= frozenset(self._found(keys, asked).values_list("pk", flat=True))
        return Choice(keys=frozenset() if act == NONE else keys, text=text, asked=asked, act=act)

    def value_omitted_from_data(self, data: Any, files: Any, name: str) -> bool:  # noqa: ARG002
        return False  # boxes that are not ticked are not sent

    def id_for_label(self, id_: str, index: Any = None) -> str:  # noqa: ARG002
        return ""  # it has a legend

    def get_context(self, name: str, value: Any, attrs: Any) -> dict[str, Any]:
        context: dict[str, Any] = super().get_context(name, None, attrs)
        context["described"] = (attrs or {}).get("aria-describedby", "")
        choice = value if isinstance(value, Choice) else Choice(keys=frozenset(value or ()))
        if self.offered.order_by()[: FEW + 1].count() <= FEW:
            rows = list(self.offered.order_by(*_ORDER))
            return context | {"rows": rows, "keys": choice.keys}
        return context | self._parts(choice)

    def _parts(self, choice: Choice) -> dict[str, Any]:
        chosen, found = self._chosen(choice.keys), self._found(choice.keys, choice.text)
        keys = set(chosen.values_list("pk", flat=True))
        # A few are always there; of many, those that one looks for.
        narrowed = choice.text and len(keys) > SHOWN
        shown = _part(chosen.found_by(choice.text) if narrowed else chosen)
        return {
            "is_large": True, "text": choice.text, "chosen": shown, "chosen_total": len(keys),
            "found": _part(found), "is_searched": choice.act == FIND,
            "kept": ",".join(map(str, sorted(keys - {client.pk for client in shown.rows}))),
        }  # fmt: skip

    def _chosen(self, keys: Collection[int]) -> OfficeClientQuerySet:
        return self.offered.filter(pk__in=keys)

    def _found(self, keys: Collection[int], text: str) -> OfficeClientQuerySet:
        """Those that may be chosen yet; all of them without a text."""
        others = self.offered.exclude(pk__in=keys)
        return others.found_by(text) if text else others


class ClientsField(forms.Field):
    """Gives the clients chosen, by name."""

    widget: Any = ClientsInput

    def clean(self, value: Choice) -> list[OfficeClient]:
        found = list(self.widget.offered.filter(pk__in=value.keys).order_by(*_ORDER))
        if len(found) < len(value.keys):
            raise ValidationError(
                _(
                    "Somebody who was chosen is not, or is no longer, a client of this office, and "
                    "was taken out. Look through the choice, and save again."
                )
            )
        if value.text and value.text != value.asked:
            raise ValidationError(
                _(
                    "“%(text)s” was typed to find a client, and nobody was chosen by it. Choose one "
                    "of those that are shown now, or clear the search; then save again."
                )
                % {"text": value.text}
            )
        return found


def with_key(rows: Any, text: str) -> Any:
    """The one of ``rows`` with this key, which stands in an address; none for what is no key."""
    return rows.filter(pk=_key(text))


def _key(text: str) -> int:
    """A key as it was sent; 0, which nobody has, for what is none."""
    return int(text) if text.isascii() and text.isdigit() and len(text) < 19 else 0


def _part(clients: OfficeClientQuerySet) -> Part:
    return Part(rows=list(clients.order_by(*_ORDER)[:SHOWN]), total=clients.order_by().count())
