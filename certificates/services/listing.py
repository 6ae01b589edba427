"""Selects the certificates of a list, and says how each stands."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from django.db.models import Exists, OuterRef, Q, QuerySet, TextChoices
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext, pgettext_lazy
from django.utils.translation import gettext_lazy as _

from certificates.models.known import CertificateUse, KnownCertificate, may_see_all
from portal.accounts.models import Company, User
from portal.reminders.labels import day_text, remaining
from portal.taxid import normalise

AHEAD = timedelta(days=60)
SOON_DAYS = 30


class State(TextChoices):
    """What a list may be narrowed to."""

    CURRENT = "", _("Not expired")
    EXPIRING = "expiring", _("Expiring within 60 days")
    RENEWED = "renewed", pgettext_lazy("several", "Renewed")
    EXPIRED = "expired", pgettext_lazy("several", "Expired")
    REVOKED = "revoked", pgettext_lazy("several", "Revoked")
    UNWATCHED = "unwatched", _("Without reminders")
    ALL = "all", _("All")


@dataclass(frozen=True)
class Criteria:
    """What a list is criteria for. ``text``: part of the holder's name, or (part of) their number."""

    state: State = State.CURRENT
    company: Company | None = None
    text: str = ""

    @property
    def order(self) -> tuple[str, str]:
        """What ends next comes first; of what may have ended, the latest."""
        if self.state in {State.EXPIRED, State.REVOKED, State.ALL}:
            return ("-not_after", "-pk")
        return ("not_after", "pk")


@dataclass
class Row:
    """A certificate as a list shows it: its state in words, its life in days, its uses."""

    certificate: KnownCertificate
    tone: str
    state: str | Promise
    days: int
    life: int
    watched: bool
    uses: list[CertificateUse] = field(default_factory=list)

    @property
    def left(self) -> int:
        return 0 if self.certificate.revoked_at else max(self.days, 0)

    @property
    def when(self) -> str:
        revoked = self.certificate.revoked_at
        if revoked is None:
            return remaining(self.days)
        return gettext("revoked on %(day)s") % {"day": day_text(timezone.localdate(revoked))}

    @property
    def origins(self) -> list[str]:
        return list(dict.fromkeys(use.get_origin_display() for use in self.uses))

    @property
    def companies(self) -> list[str]:
        return list(dict.fromkeys(use.company.name for use in self.uses if use.company))


def select(user: User, criteria: Criteria, *, at: datetime) -> QuerySet[KnownCertificate]:
    """The certificates criteria for that this person may see, each knowing whether it still lasts
    (no newer one) and whether somebody here watches it."""
    uses = CertificateUse.objects.visible_to(user, at=at)
    found: Any = KnownCertificate.objects.defer("der")
    if criteria.company:
        uses = uses.filter(company=criteria.company)
    if criteria.company or not may_see_all(user):
        found = found.filter(pk__in=uses.values("certificate"))
    found = found.annotate(
        lasts=Exists(uses.lasting().filter(certificate=OuterRef("pk"))),
        is_watched=Exists(uses.watched().filter(certificate=OuterRef("pk"))),
    )
    narrowed: QuerySet[KnownCertificate] = found.filter(
        _in_state(criteria.state, at), _matching(criteria.text)
    )
    return narrowed


def _in_state(state: State, at: datetime) -> Q:
    current = Q(not_after__gt=at)
    return {
        State.CURRENT: current,
        State.EXPIRING: current & Q(not_after__lte=at + AHEAD, lasts=True, revoked_at=None),
        State.RENEWED: current & Q(lasts=False),
        State.EXPIRED: Q(not_after__lte=at),
        State.REVOKED: Q(revoked_at__isnull=False),
        State.UNWATCHED: current & Q(is_watched=False),
        State.ALL: Q(),
    }[state]


def _matching(text: str) -> Q:
    if not text:
        return Q()
    number = normalise(text)
    if len(number) >= 8 and any(c.isdigit() for c in number):
        return Q(tax_id__startswith=number) | Q(name__icontains=text)
    return Q(name__icontains=text)


def rows(certificates: Sequence[Any], user: User, *, at: datetime) -> list[Row]:
    """Ready to be shown, with the uses that this person may see; one query."""
    uses = (
        CertificateUse.objects.visible_to(user, at=at)
        .filter(certificate__in=[certificate.pk for certificate in certificates])
        .select_related("company", "user", "by").order_by("-last_at", "pk")
    )  # fmt: skip
    by_certificate: dict[int, list[CertificateUse]] = defaultdict(list)
    for use in uses:
        by_certificate[use.certificate_id].append(use)
    return [_row(certificate, by_certificate[certificate.pk], at) for certificate in certificates]


def _row(certificate: Any, uses: list[CertificateUse], at: datetime) -> Row:
    tone, state = _state(certificate, at)
    life = max((certificate.not_after - certificate.not_before).days, 1)
    return Row(
        certificate, tone, state, certificate.days_left(at), life, certificate.is_watched, uses
    )


def _state(certificate: Any, at: datetime) -> tuple[str, str | Promise]:
    if certificate.revoked_at:
        return "bad", _("Revoked")
    if certificate.has_expired(at):
        return "bad", _("Expired")
    if not certificate.lasts:
        return "muted", _("Renewed")
    if certificate.not_before > at:
        return "info", _("Not yet valid")
    return ("warn", _("Expires soon")) if certificate.expires_soon(at) else ("ok", _("Valid"))
