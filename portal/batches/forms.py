"""What the list of a batch's rows is asked for."""

from typing import Any

from django import forms
from django.db.models import QuerySet
from django.utils.formats import number_format
from django.utils.translation import gettext_lazy as _

from portal.batches.models import AbstractBatch
from portal.batches.reports import figures, rows_of
from portal.ui.lists import Figures


class OutcomeFilter(forms.Form):
    """The outcomes of a batch, each with the number of its rows."""

    outcome = forms.ChoiceField(label=_("Outcome"), required=False)

    def __init__(self, data: Any, *, batch: AbstractBatch) -> None:
        super().__init__(data)
        self.batch = batch
        self.counts = {"": batch.total} | {f["value"]: f["count"] for f in figures(batch)}
        labels = {"": _("All rows")} | {f["value"]: f["label"] for f in figures(batch)}
        field: Any = self.fields["outcome"]
        field.choices = [
            (value, f"{labels[value]} ({number_format(count, force_grouping=True)})")
            for value, count in self.counts.items()
        ]

    @property
    def chosen(self) -> str:
        """The outcome that was asked for; empty for all, and for one that is none."""
        return str(self.cleaned_data["outcome"]) if self.is_valid() else ""

    def rows(self) -> QuerySet[Any]:
        return rows_of(self.batch, self.chosen)

    def known_figures(self) -> Figures:
        """How many rows these are: the batch knows it, however many."""
        return Figures(self.counts[self.chosen])
