"""What becomes of a power after it is granted: accepted, declined, renounced, revoked, at its end."""

from collections.abc import Iterator
from contextlib import suppress
from datetime import date, datetime, time, timedelta

from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import Q, QuerySet
from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import override

from portal.accounts.models import Company, Grant, Unit, User
from portal.accounts.opening import Means
from portal.accounts.services import grant_access, revoke_grant
from portal.accounts.services.sessions import end_opened_by
from portal.transitions import IllegalTransition, advance
from proxies.powers.models import LIVE, Power, opened_by_e_cpf
from proxies.powers.services import records, steps, telling
from proxies.powers.services.refusals import CannotAccept

DRAFT_FOR = timedelta(hours=48)


def accept(
    power: Power, *, by: User, at: datetime, request: HttpRequest | None = None, note: str = ""
) -> None:
    """The grantee accepts, in a session of the e-CPF, and has the access from its first day on.

    Raises CannotAccept where this person or session may not, IllegalTransition where the power is
    not waiting any more.
    """
    _check_may_accept(power, by, at)
    with transaction.atomic():
        advance(power, to=Power.Status.ACTIVE, grantee=by, accepted_at=at)
        _open(power, by, at=at)
        telling.accepted(power, at=at)
        steps.note(power, by=by, at=at, request=request, text=note)


def decline(
    power: Power, *, by: User, at: datetime, request: HttpRequest | None = None, note: str = ""
) -> None:
    """The grantee does not want it. Raises CannotAccept, IllegalTransition."""
    _check_is_for(power, by)
    with transaction.atomic():
        advance(power, to=Power.Status.DECLINED, grantee=by, ended_at=at, status_note=note[:300])
        telling.declined(power, at=at)
        steps.note(power, by=by, at=at, request=request, text=note)


def renounce(
    power: Power, *, by: User, at: datetime, request: HttpRequest | None = None, note: str = ""
) -> None:
    """The grantee gives it back: the access ends at once. Raises CannotAccept, IllegalTransition."""
    _check_is_for(power, by)
    with transaction.atomic():
        advance(power, to=Power.Status.RENOUNCED, ended_at=at, status_note=note[:300])
        _close(power, by=by, at=at, request=request)
        telling.renounced(power, at=at)
        steps.note(power, by=by, at=at, request=request, text=note)


def revoke(
    power: Power, *, by: User, at: datetime, request: HttpRequest | None = None, note: str = ""
) -> None:
    """The company takes it back: the access and the grantee's sessions end at once.

    Raises CannotAccept where the person does not act for the company, IllegalTransition where it
    has ended already.
    """
    if not Power.objects.granted(by, at=at).filter(pk=power.pk).exists():
        raise CannotAccept(
            _(
                "A power of attorney is revoked in a session opened with the company's e-CNPJ, or by "
                "who administers the whole company."
            )
        )
    _revoke(power, note, by=by, at=at, request=request)


def revoke_by_staff(
    power: Power, *, reason: str, by: User, at: datetime, request: HttpRequest | None = None
) -> None:
    """Staff take it back at a written request of the company. Raises CannotAccept, ValidationError
    without a reason, IllegalTransition."""
    if not power.can_be_revoked_by_staff(by):
        power.refresh_from_db(fields=["status"])
        if power.status in LIVE:
            raise CannotAccept(_("Only staff with this permission revoke a power of attorney."))
    if not reason.strip():
        raise ValidationError({"reason": _("Say why, and by which written request.")})
    _revoke(power, reason, by=by, at=at, request=request)


@transaction.atomic
def _revoke(
    power: Power, note: str, *, by: User, at: datetime, request: HttpRequest | None
) -> None:
    advance(power, to=Power.Status.REVOKED, ended_at=at, status_note=note[:300])
    _close(power, by=by, at=at, request=request)
    telling.revoked(power, at=at)
    steps.note(power, by=by, at=at, request=request, text=note)


def end_due(*, at: datetime) -> int:
    """Mark those whose last day has passed as expired; how many. Their access ended by itself."""
    over = Power.objects.filter(status__in=LIVE, ends_on__lt=timezone.localdate(at))
    return sum(_expire(power, at) for power in _each(over))


def end_left(*, at: datetime) -> int:
    """End those of a person or a company that is not active any more; how many."""
    inactive = User.objects.filter(is_active=False).exclude(cpf_proof="").values("cpf")
    gone = Q(company__is_active=False) | Q(grantee__is_active=False) | Q(grantee__is_staff=True)
    gone |= Q(status=Power.Status.ACTIVE, grantee=None)  # the person is not there any more
    gone |= Q(status=Power.Status.WAITING, grantee_cpf__in=inactive)
    left = Power.objects.filter(gone, status__in=LIVE)
    return sum(end(power, at=at) for power in _each(left))


def end(power: Power, *, at: datetime, why: str = "") -> bool:
    """The portal ends a power that can serve no more; False where it had ended meanwhile."""
    why = why or _why_ended(power)
    with suppress(IllegalTransition), transaction.atomic():
        advance(power, to=Power.Status.ENDED, ended_at=at, status_note=why)
        _close(power, by=None, at=at, request=None)
        telling.ended(power, at=at)
        steps.note(power, by=None, at=at, request=None, text=why)
        return True
    return False


def discard_old(*, at: datetime) -> int:
    """Throw drafts away that nobody confirmed within two days; how many."""
    with transaction.atomic():
        return Power.objects.filter(created_at__lt=at - DRAFT_FOR).discard_drafts()


def grants_of(power: Power) -> list[Grant]:
    """The access that this power gave and that has not ended, locked until the transaction ends."""
    found = Grant.objects.select_for_update(of=("self",)).filter(
        source=Grant.Source.PROXY, source_key=str(power.pk), revoked_at=None
    )
    return list(found.select_related("unit").order_by("pk"))


def _expire(power: Power, at: datetime) -> bool:
    with suppress(IllegalTransition), transaction.atomic():
        advance(power, to=Power.Status.EXPIRED, ended_at=at)
        steps.note(power, by=None, at=at, request=None)
        return True
    return False


def _each(powers: QuerySet[Power]) -> Iterator[Power]:
    """One by one: each ends in a transaction of its own."""
    for pk in list(powers.order_by("pk").values_list("pk", flat=True)):
        power = Power.objects.select_related("company", "grantee").filter(pk=pk).first()
        if power is not None:
            yield power


def _check_is_for(power: Power, user: User) -> None:
    if not power.is_for(user):
        raise CannotAccept(
            _("This power of attorney is for another person, or your CPF is not confirmed yet.")
        )


def _check_may_accept(power: Power, user: User, at: datetime) -> None:
    _check_is_for(power, user)
    if not opened_by_e_cpf(user):
        raise CannotAccept(
            _("A power of attorney is accepted, and used, in a session opened with your e-CPF.")
        )
    if user.is_staff:
        raise CannotAccept(
            _("You belong to the provider's staff, who never act for a client. Decline it.")
        )
    if not power.company.is_active:
        raise CannotAccept(_("The company is not active here any more."))
    if power.ends_on < timezone.localdate(at):
        raise CannotAccept(_("The last day of this power of attorney has passed."))


def _open(power: Power, user: User, *, at: datetime) -> None:
    """The access that the power gives, place by place."""
    for place in _places(power):
        grant_access(
            user, place, level=power.level, scopes=power.services, source=Grant.Source.PROXY,
            source_key=str(power.pk), valid_from=midnight(power.starts_on),
            valid_until=midnight(power.ends_on + timedelta(days=1)), by=power.signer, at=at,
        )  # fmt: skip


def _places(power: Power) -> list[Company | Unit]:
    """What the record names. Units that were deleted since never make it the whole company."""
    if records.is_whole_company(power):
        return [power.company]
    units: list[Company | Unit] = list(power.units.order_by("pk"))
    if not units:
        raise CannotAccept(_("The units that it names are not there any more."))
    return units


def _close(power: Power, *, by: User | None, at: datetime, request: HttpRequest | None) -> None:
    """End the access that the power gave, and what the grantee has open by an e-CPF."""
    power.refresh_from_db(fields=["grantee"])  # it may have been accepted since it was read
    grants = grants_of(power)
    if power.grantee is not None and grants:
        end_opened_by(power.grantee, Means.E_CPF)
    for grant in grants:
        revoke_grant(grant, at=at, by=by, request=request)


def _why_ended(power: Power) -> str:
    with override(settings.LANGUAGE_CODE):
        if not power.company.is_active:
            return _("The company is not active in the portal any more.")
        if power.grantee is not None and power.grantee.is_staff:
            return _("The grantee belongs to the provider's staff now.")
        return _("The grantee is not active in the portal any more.")


def midnight(day: date) -> datetime:
    """The instant at which this civil day begins in Brasília."""
    return timezone.make_aware(datetime.combine(day, time.min))
