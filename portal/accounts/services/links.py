"""Links that open once: invitation and recovery."""

import uuid
from datetime import datetime
from typing import Any

from django.conf import settings
from django.db import transaction
from django.http import HttpRequest
from django.urls import reverse
from django.utils import timezone

from portal.accounts.models import AccessLink, Invitation, User
from portal.accounts.services.passwords import set_password
from portal.accounts.services.proofs import prove_email
from portal.audit.services import record
from portal.outbox.services import enqueue_job, enqueue_mail
from portal.taxid import normalise
from portal.tokens import digest_of

_PASSWORD_KINDS = [AccessLink.Kind.INVITATION, AccessLink.Kind.RECOVERY]


class LinkOver(Exception):
    """The link is unknown, was used, was replaced by a newer one or has expired."""


@transaction.atomic
def invite(
    user: User, *, by: User | None, at: datetime | None = None, request: HttpRequest | None = None
) -> str:
    """Mail the person a link by which they choose a password (48 h, once). Returns its token.

    Raises ValueError for someone without an e-mail or inactive.
    """
    at = at or timezone.now()
    if not (user.email and user.is_active):
        raise ValueError("Only an active person with an e-mail can be invited.")
    hours = settings.INVITATION_HOURS
    token = _issue(user, AccessLink.Kind.INVITATION, hours=hours, at=at, by=by)
    context = {"user": user, "link": link_url(token), "hours": hours}
    enqueue_mail(
        to=user.email,
        template="invitation",
        context=context,
        key=f"invite:{uuid.uuid4()}",
        about=[user.pk],
    )
    record("account.invited", target=user, actor=by, request=request)
    return token


def request_recovery(*, cpf: str, email: str, request: HttpRequest) -> None:
    """Someone forgot a password. Does the same, and as fast, whether or not they exist.

    Who it is was looked up; whether a mail leaves is decided by the job, out of the stranger's
    sight. CPF and e-mail must be those of one registration (no CPF where it has none); of several
    that have both, it is the one that has proven the e-mail, else the oldest. Who was invited to
    a company and has not accepted yet gets that link once more.
    """
    email, cpf = email.strip().lower(), normalise(cpf)
    found = User.objects.filter(email=email, cpf=cpf or None, is_active=True)
    pk = found.order_by("-email_proof", "pk").values_list("pk", flat=True).first() or 0
    invited = Invitation.objects.standing().filter(email=email, held=False)
    invited = invited.filter(cpf=cpf) if cpf else invited
    invitation = invited.values_list("pk", flat=True).first() or 0
    with transaction.atomic():
        record("account.recovery_requested", request=request)
        ticket = str(uuid.uuid4())
        enqueue_job(
            "accounts.send_recovery", key=f"recovery:{ticket}", user=pk, ticket=ticket,
            invitation=0 if pk else invitation,
        )  # fmt: skip


@transaction.atomic
def send_recovery(user: User, *, ticket: str, at: datetime) -> str:
    """Mail the link by which a forgotten password is replaced (1 h, once). Returns its token."""
    hours = settings.PASSWORD_RESET_TIMEOUT // 3600
    token = _issue(user, AccessLink.Kind.RECOVERY, hours=hours, at=at)
    context = {"user": user, "link": link_url(token)}
    enqueue_mail(
        to=user.email or "",
        template="recovery",
        context=context,
        key=f"recovery-mail:{ticket}",
        about=[user.pk],
    )
    return token


def open_link(token: str, *, at: datetime) -> AccessLink:
    """The link, if it still opens; LinkOver otherwise. Looking at it does not use it."""
    links = AccessLink.objects.select_related("user").filter(kind__in=_PASSWORD_KINDS)
    link = links.filter(
        digest=digest_of(token), used_at=None, expires_at__gt=at, user__is_active=True
    ).first()
    if link is None:
        raise LinkOver
    return link


@transaction.atomic
def redeem(token: str, password: str, *, at: datetime, request: HttpRequest | None = None) -> User:
    """Use the link up and set the password; the address to which it was sent is proven.

    Of two at once one succeeds, the other gets LinkOver.
    """
    link = open_link(token, at=at)
    still_open = AccessLink.objects.filter(pk=link.pk, used_at=None, expires_at__gt=at)
    if not still_open.update(used_at=at):
        raise LinkOver
    record(f"account.{link.kind}_redeemed", target=link.user, actor=link.user, request=request)
    set_password(link.user, password, at=at, request=request)
    prove_email(link.user, link.user.email or "", at=at)
    return link.user


def link_url(token: str) -> str:
    """The link as it stands in a mail."""
    return str(settings.BASE_URL) + reverse("accounts:accept_link", args=[token])


def _issue(user: User, kind: str, **values: Any) -> str:
    """A new link; older ones of its kind stop opening."""
    user.access_links.filter(kind=kind, used_at=None).update(used_at=values["at"])
    return AccessLink.issue(user, kind, **values)
