"""Form fields for a company, a unit or a person, found as one types.

    class OrderForm(PickingForm):
        unit = UnitField(label=_("Unit"))

    form = OrderForm(request.POST or None, user=scope_of(request).user)

The page loads ``picker.js``. Without scripts a button beside the field shows what goes with the
text, and everything else that was typed stays.
"""

from typing import Any, NamedTuple

from django import forms
from django.core.exceptions import ValidationError
from django.db.models import Model
from django.forms.utils import ErrorDict
from django.urls import reverse
from django.utils.translation import gettext as _

from portal.accounts.finding import KINDS, Kind, Matches

FIND = "find"  # name of the button that searches; its value is the field's name


class Picked(NamedTuple):
    """What the browser sends: the text, the key of a row, and the text for which that key stood."""

    text: str
    key: str
    key_text: str
    searching: bool


class PickerInput(forms.TextInput):
    """The text, the key chosen, the button that searches, and the matches to choose from."""

    template_name = "accounts/widgets/picker.html"
    matches: Matches | None = None
    user: Any = None  # who picks

    def __init__(self, kind: Kind) -> None:
        super().__init__({"autocomplete": "off", "maxlength": 160})
        self.kind = kind

    def value_from_datadict(self, data: Any, files: Any, name: str) -> Picked:  # noqa: ARG002
        text, key, key_text = (
            str(data.get(part, "")).strip() for part in (name, f"{name}_key", f"{name}_key_text")
        )
        return Picked(text, key, key_text, searching=data.get(FIND) == name)

    def value_omitted_from_data(self, data: Any, files: Any, name: str) -> bool:  # noqa: ARG002
        return name not in data

    def get_context(self, name: str, value: Any, attrs: Any) -> dict[str, Any]:
        picked = value if isinstance(value, Picked) else self._of_row(value)
        context: dict[str, Any] = super().get_context(name, picked.text, attrs)
        if picked.searching:
            context["widget"]["attrs"]["autofocus"] = True
        is_chosen = picked.key and picked.key_text == picked.text
        return context | {
            "asks": self.kind.asks, "url": reverse(self.kind.url_name), "matches": self.matches, "find": FIND,
            "nothing_yet": self.kind.nothing_yet(self.user),
            "key": picked.key if is_chosen else "", "searching": picked.searching,
        }  # fmt: skip

    def _of_row(self, value: Any) -> Picked:
        if isinstance(value, Model):
            match = self.kind.as_match(value)
            return Picked(match.text, str(match.key), match.text, searching=False)
        return Picked(str(value or ""), "", "", searching=False)


class PickerField(forms.Field):
    """Gives the row that was chosen or named; None where it may be left empty."""

    widget: Any
    user: Any = None  # who picks: see ``PickingForm``

    def __init__(self, kind: str, **options: Any) -> None:
        self.kind = KINDS[kind]
        super().__init__(widget=PickerInput(self.kind), **options)

    def clean(self, value: Any) -> Any:
        picked = value if isinstance(value, Picked) else Picked(str(value or ""), "", "", False)
        if picked.searching:
            self.widget.matches = self.kind.find(self.user, picked.text)
            return None
        if not picked.text:
            return super().clean(None)
        if picked.key and picked.key_text == picked.text:
            row = self.kind.get(self.user, picked.key)
        else:
            row = self.kind.named(self.user, picked.text)
        if row is None:
            raise self._not_one(picked.text)
        return row

    def _not_one(self, text: str) -> ValidationError:
        """Nothing goes with this text, or several do: then they are there to choose from."""
        found = self.kind.find(self.user, text)
        if not found.rows:
            return ValidationError(_("Nothing found with this text."), code="not_found")
        self.widget.matches = found
        return ValidationError(_("Choose one of those that go with this text."), code="several")

    def has_changed(self, initial: Any, data: Any) -> bool:
        before = self.widget._of_row(initial)
        return bool(data) and data.text != before.text


class CompanyField(PickerField):
    """A company that the person may see."""

    def __init__(self, **options: Any) -> None:
        super().__init__("company", **options)


class UnitField(PickerField):
    """An active unit that the person may see."""

    def __init__(self, **options: Any) -> None:
        super().__init__("unit", **options)


class PersonField(PickerField):
    """An active person, for staff who may look people up."""

    def __init__(self, **options: Any) -> None:
        super().__init__("person", **options)


class PickingForm(forms.Form):
    """A form with pickers, filled in by ``user``. While one of them searches, nothing is judged."""

    def __init__(self, *args: Any, user: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for field in self.fields.values():
            if isinstance(field, PickerField):
                field.user = field.widget.user = user

    def full_clean(self) -> None:
        super().full_clean()
        if self.is_searching:
            self._errors = ErrorDict(renderer=self.renderer)

    def is_valid(self) -> bool:
        return super().is_valid() and not self.is_searching

    @property
    def is_searching(self) -> bool:
        """Whether the button that searches was pressed, and not the one that sends."""
        return self.is_bound and FIND in self.data
