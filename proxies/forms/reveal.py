"""What is asked before a secret is shown, and the filter of who saw what."""

from datetime import date, datetime, time, timedelta
from typing import Any

from django import forms
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from portal.accounts.models import Company, User
from portal.ui.fields import DayField
from proxies.models import Disclosure, Proxy, SecretValue
from proxies.models.secrets import DisclosureQuerySet

ALL = _("All")


class RevealForm(forms.Form):
    """Why somebody wants to see it. Which value it is stands in hidden fields."""

    reason = forms.CharField(
        label=_("Reason"), min_length=5, max_length=200,
        help_text=_("For example: filing of October at the agency. The office's administrators read it."),
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )  # fmt: skip
    field = forms.ChoiceField(choices=SecretValue.Field.choices, widget=forms.HiddenInput)
    version = forms.IntegerField(widget=forms.HiddenInput, required=False)
    former = forms.BooleanField(widget=forms.HiddenInput, required=False)


class DisclosureFilter(forms.Form):
    """Narrows the list of who saw what; all of it stands in the address."""

    user = forms.ModelChoiceField(
        User.objects.none(), label=_("Who"), required=False, empty_label=ALL
    )
    proxy = forms.ModelChoiceField(
        Proxy.objects.none(),
        label=pgettext_lazy("access", "Proxy"),
        required=False,
        empty_label=ALL,
    )
    act = forms.ChoiceField(
        label=_("What"), required=False, choices=[("", ALL), *Disclosure.Act.choices]
    )
    since = DayField(label=_("From"), required=False)
    until = DayField(label=_("Until"), required=False)

    def __init__(self, data: Any, *, office: Company) -> None:
        super().__init__(data)
        noted = Disclosure.objects.filter(proxy__office=office)
        people, accesses = self.fields["user"], self.fields["proxy"]
        people.queryset = User.objects.filter(pk__in=noted.values("user")).order_by("name", "pk")  # type: ignore[attr-defined]
        accesses.queryset = Proxy.objects.filter(pk__in=noted.values("proxy")).order_by(  # type: ignore[attr-defined]
            "name", "pk"
        )

    def apply(self, found: DisclosureQuerySet) -> DisclosureQuerySet:
        """What was filled in wrongly matches nothing."""
        if not self.is_valid():
            return found.none()
        values = self.cleaned_data
        for name in ("user", "proxy", "act"):
            if values[name]:
                found = found.filter(**{name: values[name]})
        return found.filter(_period(values["since"], values["until"]))


def _period(since: date | None, until: date | None) -> Q:
    """Both days are within it."""
    asked = Q(at__gte=_midnight(since)) if since else Q()
    return asked & Q(at__lt=_midnight(until + timedelta(days=1))) if until else asked


def _midnight(day: date) -> datetime:
    return timezone.make_aware(datetime.combine(day, time()))
