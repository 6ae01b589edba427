"""The filters of the list of notices."""

from collections.abc import Iterable
from typing import Any

from django import forms
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from portal.news.models import NoticeQuerySet

MOST_WORDS = 8


class NoticeFilter(forms.Form):
    """What was filled in wrongly matches nothing. ``years``: those that have notices."""

    q = forms.CharField(label=_("Words"), required=False, max_length=100)
    year = forms.ChoiceField(label=_("Year"), required=False)

    def __init__(self, *args: Any, years: Iterable[int], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        choices = [("", _("All")), *((str(year), str(year)) for year in years)]
        self.fields["year"].choices = choices  # type: ignore[attr-defined]

    def apply(self, notices: NoticeQuerySet) -> NoticeQuerySet:
        """The notices of the year in which every word stands somewhere."""
        if not self.is_valid():
            return notices.none()
        for word in self.cleaned_data["q"].split()[:MOST_WORDS]:
            notices = notices.filter(
                Q(title__icontains=word) | Q(summary__icontains=word) | Q(body__icontains=word)
            )
        if year := self.cleaned_data["year"]:
            notices = notices.filter(publish_from__year=int(year))
        return notices
