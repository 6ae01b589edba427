"""What a list of documents is asked for. All of it stands in the address, so it can be kept."""

from datetime import date
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from invoices.models import Document, DocumentType
from invoices.services.listing import Scope, Selection, find_unit, types_of
from portal.periods import format_period
from portal.ui.fields import PeriodField

MORE = ("until", "type", "release")


MONTHS = {"list": "months"}  # the datalist of the page: those that have documents


class DocumentFilter(forms.Form):
    """Unit, period and, behind "more filters", the end of a range, the type and the release."""

    unit = forms.CharField(label=_("Unit"), required=False)
    period = PeriodField(required=False, attrs=MONTHS)
    until = PeriodField(
        label=_("Until"),
        required=False,
        attrs=MONTHS,
        help_text=_("Fill in for a range of months."),
    )
    type = forms.ChoiceField(label=_("Type"), required=False)
    release = forms.ChoiceField(label=_("Release"), required=False)

    def __init__(self, data: Any, *, scope: Scope, kind: str) -> None:
        super().__init__(data)
        self.scope, self.kind = scope, kind
        self.fields["unit"].widget = self._unit_widget()
        types = [(code, name) for _pk, code, name in types_of(kind)]
        self._choices("type", [("", _("All types")), *types])
        states = [
            choice for choice in Document.Release.choices if choice[0] != Document.Release.NOT_ASKED
        ]
        self._choices("release", [("", _("All")), *states])
        if kind == DocumentType.Kind.REPORT:
            del self.fields["release"]

    def _unit_widget(self) -> forms.Widget:
        units = self.scope.units
        if units is None:
            return forms.TextInput(attrs={"placeholder": _("Code; empty: all")})
        several = len({unit.company for unit in units}) > 1
        choices = [
            (u.code, f"{u.code} – {u.name}" + (f" ({u.company})" if several else "")) for u in units
        ]
        return forms.Select(choices=[("", _("All units")), *choices])

    def _choices(self, name: str, choices: list[Any]) -> None:
        field = self.fields[name]
        assert isinstance(field, forms.ChoiceField)  # noqa: S101
        field.choices = choices

    def clean_unit(self) -> int | None:
        code: str = self.cleaned_data["unit"].strip()
        if not code:
            return None
        pk = find_unit(self.scope, code)
        if pk is None:
            raise ValidationError(_("This unit does not exist, or is not linked to your login."))
        return pk

    def clean(self) -> dict[str, Any]:
        values = super().clean() or {}
        first, last = values.get("period"), values.get("until")
        if last and not first and "period" not in self.errors:
            self.add_error("period", _("Say from which month the range starts."))
        elif first and last and last < first:
            self.add_error("until", _("The end of the range comes before its start."))
        return values

    @property
    def asks_more(self) -> bool:
        """Whether one of the fields behind "more filters" is filled in or wrong."""
        return any(self.data.get(name) or name in self.errors for name in MORE)

    def selection(self, *, default: date | None) -> Selection:
        """What was asked for; with neither period nor release state, the month ``default``."""
        values = self.cleaned_data
        release = values.get("release", "")
        first = values["period"] or (None if release else default)
        return Selection(
            kind=self.kind,
            first=first,
            last=values["until"] or first,
            unit=values["unit"],
            type_code=values["type"],
            release=release,
        )


def describe(selection: Selection) -> str:
    """``03/2026``, ``01/2026 – 03/2026`` or all months."""
    if selection.first is None or selection.last is None:
        return gettext("all months")
    if selection.first == selection.last:
        return format_period(selection.first)
    return f"{format_period(selection.first)} – {format_period(selection.last)}"
