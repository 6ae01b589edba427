"""Accesses by the time that is left to them: what lists, the dashboard and cards count alike."""

from dataclasses import dataclass
from datetime import date, timedelta
from urllib.parse import urlencode

from django.db.models import Q
from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from portal.taxid import normalise
from portal.ui.search import words_of
from proxies.models import Agency, State
from proxies.models.proxies import TONES, ProxyQuerySet

# The steps of the dashboard, in days; each begins where the one before it ends.
STEPS = (7, 15, 30, 45)
_WORDS = 8  # of a search; those beyond are not looked at


@dataclass(frozen=True, kw_only=True)
class Figure:
    """How many accesses wait for somebody; ``query`` is how the list is asked for them."""

    label: str
    count: int
    tone: str
    query: dict[str, str]

    @property
    def query_text(self) -> str:
        return urlencode(self.query)


def ending_in(proxies: ProxyQuerySet, step: int, on: date) -> ProxyQuerySet:
    """Those in use that end within this step of days: ``15`` is 8 to 15. What is to be looked at
    since a while counts in the first."""
    ending = proxies.in_state(State.EXPIRING, on).filter(ends_on__lte=on + timedelta(days=step))
    place = STEPS.index(step)
    return ending.filter(ends_on__gt=on + timedelta(days=STEPS[place - 1])) if place else ending


def step_label(step: int) -> str:
    """``up to 7 days``, ``8 to 15 days``."""
    place = STEPS.index(step)
    if not place:
        return _("up to %(last)s days") % {"last": step}
    return _("%(first)s to %(last)s days") % {"first": STEPS[place - 1] + 1, "last": step}


def figures(proxies: ProxyQuerySet, on: date) -> list[Figure]:
    """Expired, refused, and what ends within each step."""
    found = [
        Figure(
            label=label, count=proxies.in_state(state, on).count(), tone=TONES[state],
            query={"state": state.value},
        )
        for state, label in (
            (State.EXPIRED, pgettext("accesses", "Expired")),
            (State.REFUSED, pgettext("accesses", "Refused")),
        )
    ]  # fmt: skip
    return found + [
        Figure(
            label=step_label(step), count=ending_in(proxies, step, on).count(), tone="warn",
            query={"left": str(step)},
        )
        for step in STEPS
    ]  # fmt: skip


def found_in(proxies: ProxyQuerySet, text: str) -> ProxyQuerySet:
    """Those with all of these words, or their beginnings, in their name, their holder's or their
    agency's, accents apart; or of a holder with this CNPJ or CPF.

    The agencies of a word are sought first, and no table is joined: only then does an index give
    each part of the condition (PostgreSQL).
    """
    words = [word for word in words_of(text) if any(map(str.isalnum, word))][:_WORDS]
    if not words:
        return proxies.none()
    named = Q()
    for word in words:
        agencies = list(Agency.objects.filter(name__words=word).values_list("pk", flat=True))
        named &= Q(name__words=word) | Q(holder_name__words=word) | Q(agency__in=agencies)
    return proxies.filter(named | Q(holder=normalise(text)))
