"""Companies that accept only digital certificates: what that closes, from when, and who is told."""

import uuid
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.conf import settings
from django.contrib import messages
from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import Q, TextChoices
from django.http import HttpRequest
from django.urls import reverse
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from portal import desks
from portal.accounts.models import Company, Grant, User
from portal.audit.services import NewEvent, record, record_many
from portal.outbox.services import enqueue_job, enqueue_mail
from portal.taxid import is_cnpj, is_cpf, normalise

TOLD = 3  # companies named at login; the first page has them all
NAMED = 20  # companies named in a mail
WEEK = timedelta(days=7)


class Outcome(TextChoices):
    """What a line of a list would do."""

    SET = "set", gettext_lazy("Will be set")
    MOVED = "moved", gettext_lazy("Gets the new date")
    ALREADY = "already", gettext_lazy("Already set")
    REPEATED = "repeated", gettext_lazy("Repeated in the list")
    UNKNOWN = "unknown", gettext_lazy("Not registered here")
    INVALID = "invalid", gettext_lazy("Not a CNPJ or CPF")

    @property
    def tone(self) -> str:
        good = {Outcome.SET: "ok", Outcome.MOVED: "ok", Outcome.ALREADY: "info"}
        return good.get(self, "muted" if self == Outcome.REPEATED else "bad")


@dataclass(frozen=True)
class Line:
    """A line of a list of CNPJs, ``number`` counted from 1, and what it would do."""

    number: int
    typed: str
    outcome: Outcome
    company: Company | None = None

    @property
    def is_to_do(self) -> bool:
        return self.outcome in (Outcome.SET, Outcome.MOVED)


def preview(typed: Iterable[tuple[int, str]], start: date, *, today: date) -> list[Line]:
    """What setting these companies to ``start`` would do, line by line; nothing is changed.

    One that is in force already stays as it is: a later date would lift it meanwhile.
    """
    numbered = [(number, text, normalise(text)) for number, text in typed]
    known = Company.objects.in_bulk({key for _n, _t, key in numbered}, field_name="tax_id")
    lines, seen = [], set()
    for number, text, key in numbered:
        company = known.get(key)
        outcome = Outcome.REPEATED if key in seen else _outcome(key, company, start, today)
        lines.append(Line(number, text, outcome, company))
        seen.add(key)
    return lines


def _outcome(key: str, company: Company | None, start: date, today: date) -> Outcome:
    if company is None:
        return Outcome.UNKNOWN if is_cnpj(key) or is_cpf(key) else Outcome.INVALID
    if company.certificate_only_from is None:
        return Outcome.SET
    if company.requires_certificate(today) or company.certificate_only_from == start:
        return Outcome.ALREADY
    return Outcome.MOVED


@transaction.atomic
def require_certificate(
    companies: Iterable[Company],
    start: date,
    *,
    by: User | None,
    at: datetime,
    request: HttpRequest | None = None,
) -> int:
    """From ``start`` (a civil day, today or later) on these open only for certificates; how many.

    Their people are told. Raises ValidationError for a day that has passed.
    """
    if start < timezone.localdate(at):
        raise ValidationError(_("The start must be today or later."), code="past")
    keys = sorted(company.pk for company in companies)
    locked = Company.objects.select_for_update().filter(pk__in=keys)
    locked.update(certificate_only_from=start, certificate_only_set_at=at)
    data = {"from": start.isoformat()}
    events = [NewEvent("company.certificate_only", f"accounts.company:{k}", k, data) for k in keys]
    record_many(events, actor=by, request=request)
    ticket = uuid.uuid4().hex
    enqueue_job(
        "accounts.announce_certificate_only", key=f"certificate-only:{ticket}",
        companies=keys, start=start.isoformat(), ticket=ticket,
    )  # fmt: skip
    return len(keys)


@transaction.atomic
def lift(
    company: Company, *, by: User | None, at: datetime, request: HttpRequest | None = None
) -> None:
    """Passwords open the company again."""
    Company.objects.filter(pk=company.pk).update(
        certificate_only_from=None, certificate_only_set_at=at
    )
    record(
        "company.certificate_only_lifted", target=company, company=company.pk, actor=by,
        request=request,
    )  # fmt: skip


def announce(keys: Iterable[int], start: date, *, ticket: str, at: datetime) -> int:
    """Mail the people of these companies, one mail each; how many. What was changed since, is not told."""
    companies = Company.objects.filter(pk__in=keys, certificate_only_from=start, is_active=True)
    return _mail(companies, start, key=ticket, at=at, soon=False)


def remind(*, at: datetime) -> int:
    """Mail once more, within the last week before the start; how many. Twice a day tells nobody twice.

    Who was told less than a week before the start is not told again.
    """
    today, early = timezone.localdate(at), defaultdict[date, list[int]](list)
    coming = Company.objects.filter(
        is_active=True, certificate_only_from__gt=today, certificate_only_from__lte=today + WEEK
    )
    for company in coming:
        start, decided = company.certificate_only_from, company.certificate_only_set_at
        if start and decided and timezone.localdate(decided) < start - WEEK:
            early[start].append(company.pk)
    return sum(
        _mail(coming.filter(pk__in=keys), start, key=f"week:{start}", at=at, soon=True)
        for start, keys in sorted(early.items())
    )


def _mail(companies: Iterable[Company], start: date, *, key: str, at: datetime, soon: bool) -> int:
    """One mail to each of the companies' people, naming those that are theirs."""
    names = {company.pk: company.name for company in companies}
    grants = Grant.objects.in_force(at).filter(
        Q(company__in=names) | Q(unit__company__in=names),
        user__is_active=True, user__email__isnull=False,
    )  # fmt: skip
    theirs: dict[User, set[str]] = {}
    for grant in grants.select_related("user", "unit"):
        theirs.setdefault(grant.user, set()).add(names[grant.company_pk or 0])
    sent = 0
    for user, found in theirs.items():
        context = {
            "name": user.first_name, "start": start, "soon": soon,
            "begun": start <= timezone.localdate(at), "companies": sorted(found)[:NAMED],
            "more": max(0, len(found) - NAMED),
            "help": settings.BASE_URL + _help_page(),
            "link": settings.BASE_URL + reverse("account_login"),
        }  # fmt: skip
        sent += enqueue_mail(
            to=user.email or "", template="certificate_only", context=context,
            key=f"certificate-only:{key}:{user.pk}", about=[user.pk],
        ) is not None  # fmt: skip
    return sent


def _help_page() -> str:
    """Where the other way to sign in is explained; whom to ask where there is none."""
    way = next(desks.gather("sign_in"), None)
    return reverse(way.help_url_name if way else "site:contact")


def refused_companies(user: User, *, at: datetime) -> list[Company]:
    """The companies for whose sake a password does not let this person in at all.

    Empty where one of theirs is open to a password, or where they have none yet.
    """
    closed, others = closed_companies(user, at=at), Company.objects.granted_to(user, at=at)
    if not closed or others.exclude(pk__in=[company.pk for company in closed]).exists():
        return []
    return closed


def closed_companies(user: User, *, at: datetime) -> list[Company]:
    """This person's companies that a password does not open today, by name."""
    mine = Company.objects.granted_to(user, at=at)
    return list(mine.certificate_only(on=timezone.localdate(at)).order_by("name", "pk"))


def companies_with_policy(user: User, *, at: datetime) -> list[Company]:
    """This person's companies that ask for a certificate, or will: the soonest first. One query."""
    mine = Company.objects.granted_to(user, at=at).filter(certificate_only_from__isnull=False)
    return list(mine.order_by("certificate_only_from", "name", "pk"))


def tell_at_login(request: HttpRequest, user: User, *, at: datetime) -> None:
    """Say to who came with a password what that does not open, or soon will not."""
    if user.is_staff:
        return
    today = timezone.localdate(at)
    for company in companies_with_policy(user, at=at)[:TOLD]:
        values = {
            "company": company.name,
            "day": date_format(company.certificate_only_from or today),
        }
        if company.requires_certificate(today):
            text = _(
                "%(company)s opens only with a digital certificate, no longer with a password."
            )
        else:
            text = _("From %(day)s on %(company)s opens only with a digital certificate.")
        messages.warning(request, text % values)
