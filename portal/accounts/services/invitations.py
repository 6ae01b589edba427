"""Invitations to a company: typed by its administrator, in force when their link is accepted.

Until then nothing is given, nobody is made and no account is looked up: a known address and an
unknown one get the same mail, and the administrator sees the same.
"""

import secrets
import uuid
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.http import HttpRequest
from django.urls import reverse
from django.utils.translation import gettext as _

from portal.accounts.models import Company, Invitation, Unit, User
from portal.accounts.services.grants import NewAccess
from portal.accounts.services.links import LinkOver
from portal.accounts.services.people import create_user
from portal.accounts.services.proofs import prove_email
from portal.accounts.services.team import (
    apply_access,
    check_reach,
    lock_company,
    managed_grants,
)
from portal.audit.services import record
from portal.outbox.services import enqueue_mail
from portal.tokens import digest_of


class NotPossible(Exception):
    """Who invited may no longer give this, or it is no longer there."""


class AddressKnown(Exception):
    """Somebody has proven the address: who accepts signs in instead of choosing a password."""


class HasAccess(Exception):
    """The person has access to the company already."""


class HeldBack(Exception):
    """The company registered the person without inviting them yet: it decides when."""


class NotForThisSession(Exception):
    """Staff, and sessions that an e-CNPJ opened, accept no invitations."""


@dataclass(frozen=True, kw_only=True)
class StandingInvitation:
    """An invitation as the company's administrator sees it."""

    pk: int
    name: str
    email: str
    level: str
    units: str
    services: str
    expires_at: datetime
    expired: bool
    held: bool


@transaction.atomic
def invite_member(
    company: Company,
    *,
    name: str,
    email: str,
    cpf: str,
    access: NewAccess,
    by: User,
    at: datetime,
    held: bool = False,
    request: HttpRequest | None = None,
) -> str:
    """Mail an invitation with what was typed, and the access that it will give. Returns its token.

    ``held`` registers it without a mail: its link opens nothing until ``invite_again`` sends one.
    Raises ValidationError for services that ``by`` does not have, for units of others, and while
    another invitation of the company to this address waits.
    """
    check_reach(company, [access.scopes], by=by, at=at)
    email, units = email.strip().lower(), [p for p in access.places if isinstance(p, Unit)]
    if any(unit.company_id != company.pk for unit in units):
        raise ValidationError(_("Choose units of this company."))
    expired = company.invitations.standing().filter(email=email, held=False, expires_at__lte=at)
    expired.update(cancelled_at=at)
    row = Invitation(company=company, name=name, email=email, cpf=cpf, held=held)
    token = _new_token()
    row.level, row.scopes, row.valid_until = access.level, list(access.scopes), access.until
    row.digest, row.expires_at, row.created_by = digest_of(token), _end(at), by
    try:
        with transaction.atomic():
            row.save()
    except IntegrityError:
        text = _("An invitation to this e-mail is waiting already: send it again, or cancel it.")
        raise ValidationError({"email": text}) from None
    row.units.set(units)
    if held:
        record("team.registered", target=row, company=company.pk, actor=by, request=request)
        return token
    record("team.invited", target=row, company=company.pk, actor=by, request=request)
    _mail(row, token)
    return token


def standing(company: Company, *, at: datetime) -> list[StandingInvitation]:
    """Those that nobody has accepted or cancelled, the newest first. Two queries."""
    rows = company.invitations.standing().select_related("created_by").prefetch_related("units")
    return [
        StandingInvitation(
            pk=row.pk, name=row.name, email=row.email, level=row.get_level_display(),
            units=row.units_text, services=row.services_text, expires_at=row.expires_at,
            expired=row.has_expired(at), held=row.held,
        )
        for row in rows
    ]  # fmt: skip


@transaction.atomic
def invite_again(
    row: Invitation, *, by: User, at: datetime, request: HttpRequest | None = None
) -> str:
    """Mail a standing invitation once more, now in the name of ``by``. Returns its new token.

    The link mailed before stops opening. Raises LinkOver for one that was accepted or cancelled,
    ValidationError as ``invite_member``.
    """
    check_reach(row.company, [row.scopes], by=by, at=at)
    return _send_again(row, inviter=by, by=by, at=at, request=request)


@transaction.atomic
def send_by_staff(
    row: Invitation, *, by: User, at: datetime, request: HttpRequest | None = None
) -> str:
    """Mail a standing invitation once more, still in the name of who invited. Returns its token.

    Raises LinkOver, HeldBack, and NotPossible when who invited could not give this any more.
    """
    if row.held:
        raise HeldBack
    _access(row, at=at)
    return _send_again(row, inviter=row.created_by, by=by, at=at, request=request)


@transaction.atomic
def send_to_who_asked(row: Invitation, *, at: datetime) -> None:
    """Who was invited forgot the link, or came too late: mail a new one, if there may be one."""
    if not row.held:
        with suppress(LinkOver, NotPossible):
            _access(row, at=at)
            _send_again(row, inviter=row.created_by, by=None, at=at, request=None)


@transaction.atomic
def change_invitation(
    row: Invitation, *, name: str, access: NewAccess, by: User, at: datetime,
    request: HttpRequest | None = None,
) -> None:  # fmt: skip
    """Other data of who was invited; from now on ``by`` gives the access. Its link stays.

    Raises LinkOver for one that was accepted or cancelled, ValidationError as ``invite_member``.
    """
    check_reach(row.company, [row.scopes, access.scopes], by=by, at=at)
    values = {
        "name": name, "level": access.level, "scopes": list(access.scopes),
        "valid_until": access.until, "created_by": by,
    }  # fmt: skip
    if not Invitation.objects.standing().filter(pk=row.pk).update(**values):
        raise LinkOver
    row.refresh_from_db()
    row.units.set(place for place in access.places if isinstance(place, Unit))
    record("team.invitation_changed", target=row, company=row.company_id, actor=by, request=request)


@transaction.atomic
def hold_back(
    row: Invitation, *, by: User, at: datetime, request: HttpRequest | None = None
) -> None:
    """The link that was mailed stops opening, until ``invite_again`` sends another.

    Raises LinkOver for one that was accepted or cancelled.
    """
    values = {"held": True, "digest": digest_of(_new_token())}
    if not Invitation.objects.standing().filter(pk=row.pk).update(**values):
        raise LinkOver
    row.refresh_from_db()
    record(
        "team.invitation_held", target=row, company=row.company_id, actor=by, request=request,
        at=at,
    )  # fmt: skip


def _send_again(
    row: Invitation, *, inviter: User, by: User | None, at: datetime, request: HttpRequest | None
) -> str:
    token = _new_token()
    standing = Invitation.objects.standing().filter(pk=row.pk)
    values = {
        "digest": digest_of(token), "expires_at": _end(at), "created_by": inviter, "held": False,
    }  # fmt: skip
    if not standing.update(**values):
        raise LinkOver
    row.refresh_from_db()
    record("team.invited_again", target=row, company=row.company_id, actor=by, request=request)
    _mail(row, token)
    return token


@transaction.atomic
def cancel(row: Invitation, *, by: User, at: datetime, request: HttpRequest | None = None) -> None:
    """Its link stops opening. Raises LinkOver for one that was accepted or cancelled."""
    standing = Invitation.objects.standing().filter(pk=row.pk)
    if not standing.update(cancelled_at=at, cancelled_by=by):
        raise LinkOver
    record(
        "team.invitation_cancelled", target=row, company=row.company_id, actor=by, request=request
    )


def open_invitation(token: str, *, at: datetime) -> Invitation:
    """The invitation, if its link still opens; LinkOver otherwise. Looking at it does not use it."""
    rows = Invitation.objects.waiting(at).select_related("company", "created_by")
    row = rows.filter(digest=digest_of(token)).first()
    if row is None:
        raise LinkOver
    return row


def was_withdrawn(token: str) -> bool:
    """Whether this is the link of an invitation that was taken back."""
    rows = Invitation.objects.filter(digest=digest_of(token))
    return rows.filter(cancelled_at__isnull=False).exists()


def is_known(row: Invitation) -> bool:
    """Whether somebody has proven the address. Only for who has opened the link: it is theirs."""
    return User.objects.with_proven_email(row.email) is not None


@transaction.atomic
def accept(
    token: str, *, user: User, at: datetime, request: HttpRequest | None = None
) -> Invitation:
    """Use the link up and give its access to this person, whose address it may prove.

    Raises LinkOver, NotPossible, HasAccess, NotForThisSession. Of two at once one succeeds.
    """
    if user.is_staff or user.is_limited or not user.is_active:
        raise NotForThisSession
    row = open_invitation(token, at=at)
    lock_company(row.company)
    access = _access(row, at=at)
    if managed_grants(row.company, user, at=at).exists():
        raise HasAccess
    if (
        not Invitation.objects.waiting(at)
        .filter(pk=row.pk, digest=row.digest)
        .update(accepted_at=at, accepted_by=user)
    ):
        raise LinkOver
    apply_access(row.company, user, access, by=row.created_by, at=at, request=request)
    prove_email(user, row.email, at=at)
    record(
        "team.invitation_accepted", target=row, company=row.company_id, actor=user,
        request=request, data={"user": user.pk},
    )  # fmt: skip
    return row


def accept_as_new(
    token: str, *, name: str, cpf: str, password: str, at: datetime,
    request: HttpRequest | None = None,
) -> User:  # fmt: skip
    """Make the person, who has opened the link and chosen a password, and give the access.

    The CPF is only typed. Raises AddressKnown besides what ``accept`` does.
    """
    row = open_invitation(token, at=at)
    if is_known(row):
        raise AddressKnown
    try:
        with transaction.atomic():
            user = create_user(
                name=name, cpf=cpf, email=row.email, password=password, request=request,
                email_proof=User.EmailProof.LINK, email_proven_at=at,
            )  # fmt: skip
            accept(token, user=user, at=at, request=request)
    except (IntegrityError, ValidationError):
        if is_known(row):  # since a moment ago
            raise AddressKnown from None
        raise
    return user


def _access(row: Invitation, *, at: datetime) -> NewAccess:
    """What the invitation gives, if who invited could give it now. Raises NotPossible."""
    administered = Company.objects.administered_by(row.created_by, at=at)
    if not administered.filter(pk=row.company_id).exists():
        raise NotPossible
    try:
        check_reach(row.company, [row.scopes], by=row.created_by, at=at)
    except ValidationError:
        raise NotPossible from None
    named = list(row.units.all())
    units = [unit for unit in named if unit.is_active and unit.company_id == row.company_id]
    if (named and not units) or (row.valid_until and row.valid_until <= at):
        raise NotPossible
    return NewAccess(
        places=units or [row.company], level=row.level, scopes=row.scopes, until=row.valid_until
    )


def _mail(row: Invitation, token: str) -> None:
    context = {
        "name": row.name.partition(" ")[0], "company": row.company.name,
        "inviter": row.created_by.name, "hours": settings.INVITATION_HOURS,
        "link": settings.BASE_URL + reverse("accounts:open_invitation", args=[token]),
    }  # fmt: skip
    key = f"team-invitation:{uuid.uuid4()}"
    about = [row.created_by_id]
    enqueue_mail(to=row.email, template="team_invitation", context=context, key=key, about=about)


def _new_token() -> str:
    return secrets.token_urlsafe(32)


def _end(at: datetime) -> datetime:
    return at + timedelta(hours=settings.INVITATION_HOURS)
