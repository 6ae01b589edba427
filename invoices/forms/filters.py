"""What a list of documents is asked for. All of it stands in the address, so it can be kept."""

from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _

from invoices.models import Document, DocumentType
from invoices.models.documents import DocumentQuerySet
from invoices.services.listing import (
    Scope,
    Selection,
    Show,
    TypeChoice,
    find_unit,
    overview,
    select,
    type_with,
    were_removed,
)
from portal.periods import format_period
from portal.provider.services import current_provider
from portal.ui.fields import PeriodField
from portal.ui.lists import Figures

MONTHS = {"list": "months"}  # the datalist of the page: those that have documents


def unit_widget(scope: Scope) -> forms.Widget:
    """A choice among the scope's units; a code to be typed where they are too many."""
    units = scope.units
    if units is None:
        return forms.TextInput(attrs={"placeholder": _("Code; empty: all")})
    several = len({unit.company for unit in units}) > 1
    choices = [
        (u.code, f"{u.code} – {u.name}" + (f" ({u.company})" if several else "")) for u in units
    ]
    return forms.Select(choices=[("", _("All units")), *choices])


def check_months(form: forms.Form, values: dict[str, Any]) -> None:
    """Say what is wrong with a range of months, ``period`` to ``until``."""
    first, last = values.get("period"), values.get("until")
    if last and not first and "period" not in form.errors:
        form.add_error("period", _("Say from which month the range starts."))
    elif first and last and last < first:
        form.add_error("until", _("The end of the range comes before its start."))


class DocumentFilter(forms.Form):
    """Unit, month or range of months, type and release, among what ``scope`` reaches."""

    unit = forms.CharField(label=_("Unit"), required=False)
    period = PeriodField(required=False, attrs=MONTHS)
    until = PeriodField(label=_("Until"), required=False, attrs=MONTHS)
    type = forms.ChoiceField(label=_("Type"), required=False)
    release = forms.ChoiceField(label=_("Release"), required=False)
    show = forms.ChoiceField(label=_("Show"), required=False)

    def __init__(self, data: Any, *, scope: Scope, kind: str) -> None:
        super().__init__(data)
        self.scope, self.kind = scope, kind
        self.unit_key = find_unit(scope, code) if (code := data.get("unit", "").strip()) else None
        self.overview = overview(scope, kind, unit=self.unit_key)
        self.types = self._types(data.get("type", ""))
        self.fields["unit"].widget = unit_widget(scope)
        self._choices("type", _("All types"), [(t.code, t.name) for t in self.types])
        states = [choice for choice in Document.Release.choices if choice[0] != "not_asked"]
        self._choices("release", _("All"), states)
        self._choices("show", _("Everything"), self._shows())
        if kind == DocumentType.Kind.REPORT:
            del self.fields["release"]

    def _shows(self) -> list[tuple[str, Any]]:
        """What may be asked for besides: a client's own, or what clients contest."""
        if self.scope.user.is_staff:
            return [(Show.CONTESTED.value, Show.CONTESTED.label)]
        mine = [Show.NEW, Show.WAITING, Show.ENDING]
        if self.kind == DocumentType.Kind.REPORT:
            mine.remove(Show.WAITING)
        return [(show.value, show.label) for show in mine]

    def _types(self, asked: str) -> list[TypeChoice]:
        """Those that there are, and the one that the address names."""
        types = [*self.overview.types]
        if asked and asked not in {choice.code for choice in types}:
            types += filter(None, [type_with(self.kind, asked)])
        return types

    def _choices(self, name: str, everything: Any, choices: list[Any]) -> None:
        field = self.fields[name]
        assert isinstance(field, forms.ChoiceField)  # noqa: S101
        field.choices = [("", everything), *choices]

    def clean_unit(self) -> int | None:
        if self.cleaned_data["unit"].strip() and self.unit_key is None:
            raise ValidationError(_("This unit does not exist, or is not linked to your login."))
        return self.unit_key

    def clean(self) -> dict[str, Any]:
        values = super().clean() or {}
        check_months(self, values)
        return values

    @property
    def selection(self) -> Selection:
        """What was asked for; with no period, release state or card, of the newest month."""
        values = self.cleaned_data
        release = values.get("release", "")
        newest = next(iter(self.overview.months), None)
        first = values["period"] or (None if release or values["show"] else newest)
        return Selection(
            types=[t.pk for t in self.types if values["type"] in ("", t.code)],
            first=first,
            last=values["until"] or first,
            unit=values["unit"],
            release=release,
            show=values["show"],
        )

    def documents(self) -> DocumentQuerySet:
        """The documents asked for; none where something was filled in wrongly."""
        return select(self.scope, self.selection) if self.is_valid() else Document.objects.none()

    def figures(self) -> Figures | None:
        """How many they are, where that is known without asking the database."""
        return self.overview.figures(self.selection) if self.is_valid() else Figures(0)

    def why_nothing(self) -> str:
        """Why a month has no documents; empty where the filter alone may be the reason."""
        if not self.is_valid() or self.selection.first is None:
            return ""
        provider = current_provider()
        first = provider.first_month
        if first and (self.selection.last or self.selection.first) < first:
            return gettext("The portal has documents from %(month)s on.") % {
                "month": format_period(first)
            }
        if were_removed(self.scope, self.selection, self.kind):
            return ngettext(
                "The documents of %(months)s were removed: each stays available for %(n)d month.",
                "The documents of %(months)s were removed: each stays available for %(n)d months.",
                provider.retention_months,
            ) % {"months": self.months_text(), "n": provider.retention_months}
        return ""

    @property
    def has_several_months(self) -> bool:
        """Whether the documents asked for may be of more than one month."""
        return self.is_valid() and not (
            self.selection.first and self.selection.first == self.selection.last
        )

    def months_text(self) -> str:
        """``03/2026``, ``01/2026 – 03/2026`` or all months."""
        if not self.is_valid() or not (self.selection.first and self.selection.last):
            return gettext("all months")
        first, last = format_period(self.selection.first), format_period(self.selection.last)
        return f"{first} – {last}" if self.has_several_months else first
