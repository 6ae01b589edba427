"""Registration at a desk: typed first, proven by a link, then a user."""

import secrets
import uuid
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.contrib.auth.hashers import check_password, make_password
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.http import HttpRequest
from django.urls import reverse

from portal import desks
from portal.accounts.models import PendingRegistration, User
from portal.accounts.services.links import LinkOver
from portal.audit.services import record
from portal.outbox.services import enqueue_mail
from portal.tokens import digest_of

HOURS = 48


class NotPossible(Exception):
    """These data make no new user: somebody has proven the e-mail by now."""


class WrongPassword(Exception):
    """Not the password that was typed at registration."""


@transaction.atomic
def begin(
    desk: desks.Desk,
    *,
    email: str,
    cpf: str = "",
    values: dict[str, Any] | None = None,
    password: str = "",
    at: datetime,
    request: HttpRequest | None = None,
) -> None:
    """Keep what was typed and mail the link (48 h, once). An older link of the address ends.

    Somebody who is registered with this address, and has proven it, gets a mail that says so
    instead; the page says the same. The CPF is not looked at: here it is only typed.
    """
    assert desk.registration is not None  # noqa: S101 - the view found the desk by it
    key = f"registration:{uuid.uuid4()}"
    record("account.registration_asked", request=request, data={"desk": desk.name})
    hashed = make_password(password) if password else ""
    if known := User.objects.with_proven_email(email):
        context = {"desk": desk, "login": settings.BASE_URL + reverse("account_login")}
        enqueue_mail(
            to=email, template="registration_known", context=context, key=key, about=[known.pk]
        )
        return
    token = secrets.token_urlsafe(32)
    PendingRegistration.objects.filter(email=email, desk=desk.name).delete()
    PendingRegistration.objects.create(
        desk=desk.name, email=email, cpf=cpf, values=values or {}, password=hashed,
        digest=digest_of(token), expires_at=at + timedelta(hours=HOURS),
    )  # fmt: skip
    _mail_link(desk, token, email=email, values=values or {}, key=key)


def _mail_link(
    desk: desks.Desk, token: str, *, email: str, values: dict[str, Any], key: str
) -> None:
    assert desk.registration is not None  # noqa: S101 - the desk was found by it
    path = reverse("accounts:registration_link", args=[desk.registration.slug, token])
    name = str(values.get("name", "")).partition(" ")[0]
    context = {"desk": desk, "link": settings.BASE_URL + path, "hours": HOURS, "name": name}
    # Nobody is registered yet whom this could be about.
    enqueue_mail(to=email, template="registration_link", context=context, key=key, about=())


@transaction.atomic
def send_by_staff(
    row: PendingRegistration, *, by: User, at: datetime, request: HttpRequest | None = None
) -> None:
    """Mail the link once more, with all its time; the older one ends. Raises LinkOver."""
    desk = next((d for d in desks.registered() if d.name == row.desk and d.registration), None)
    token = secrets.token_urlsafe(32)
    values = {"digest": digest_of(token), "expires_at": at + timedelta(hours=HOURS)}
    if desk is None or not PendingRegistration.objects.filter(pk=row.pk).update(**values):
        raise LinkOver
    record("account.registration_sent_again", target=row, actor=by, request=request, at=at)
    key = f"registration:{uuid.uuid4()}"
    _mail_link(desk, token, email=row.email, values=row.values, key=key)


@transaction.atomic
def withdraw(
    row: PendingRegistration, *, by: User, at: datetime, request: HttpRequest | None = None
) -> None:
    """Delete what was typed; the link stops opening. Raises LinkOver when it is gone already."""
    record("account.registration_withdrawn", target=row, actor=by, request=request, at=at)
    if not PendingRegistration.objects.filter(pk=row.pk).delete()[0]:
        raise LinkOver


def waiting(desk: desks.Desk, token: str, *, at: datetime) -> PendingRegistration:
    """The registration behind a link that still opens; LinkOver otherwise. Looking uses nothing."""
    rows = PendingRegistration.objects.filter(desk=desk.name, expires_at__gt=at)
    row = rows.filter(digest=digest_of(token)).first()
    if row is None:
        raise LinkOver
    return row


def confirm(
    desk: desks.Desk, token: str, password: str, *, at: datetime, request: HttpRequest | None = None
) -> User:
    """Make the user of a registration whose fields were typed before the link.

    The password must be typed again: otherwise a stranger who registered with somebody else's
    address would have that person open the account for them. Raises LinkOver, WrongPassword,
    NotPossible.
    """
    row = waiting(desk, token, at=at)
    if not check_password(password, row.password):
        raise WrongPassword
    return _make_user(desk, row, row.values, row.password, at=at, request=request)


def complete(
    desk: desks.Desk, token: str, values: dict[str, Any], password: str, *, at: datetime,
    request: HttpRequest | None = None,
) -> User:  # fmt: skip
    """Make the user of a registration whose fields come after the link. LinkOver, NotPossible."""
    row = waiting(desk, token, at=at)
    return _make_user(desk, row, values, make_password(password), at=at, request=request)


def keep(
    desk: desks.Desk, token: str, values: dict[str, Any], password: str, *, at: datetime
) -> None:
    """Keep what was typed after the link until the person has looked it over. Raises LinkOver."""
    row = waiting(desk, token, at=at)
    row.values, row.password = values, make_password(password)
    row.save(update_fields=["values", "password"])


def complete_kept(
    desk: desks.Desk, token: str, *, at: datetime, request: HttpRequest | None = None
) -> User:
    """Make the user of what ``keep`` kept. LinkOver, also where nothing was kept; NotPossible."""
    row = waiting(desk, token, at=at)
    if not row.password:
        raise LinkOver
    return _make_user(desk, row, row.values, row.password, at=at, request=request)


def cancel(desk: desks.Desk, token: str, *, at: datetime) -> None:
    """ "It was not me": what was typed is deleted. Raises LinkOver."""
    waiting(desk, token, at=at).delete()


def forget_over(*, at: datetime) -> int:
    """Delete the registrations whose link was not opened in time; how many."""
    return PendingRegistration.objects.filter(expires_at__lte=at).delete()[0]


def _make_user(
    desk: desks.Desk, row: PendingRegistration, values: dict[str, Any], hashed: str, *,
    at: datetime, request: HttpRequest | None,
) -> User:  # fmt: skip
    fields = {field.name for field in User._meta.concrete_fields}
    own = {name: value for name, value in values.items() if name in fields}
    user = User(
        email=row.email, email_proof=User.EmailProof.LINK, email_proven_at=at,
        cpf=row.cpf or None, password=hashed, **own,
    )  # fmt: skip
    with transaction.atomic():
        # Of two at once one deletes the row; the other finds none.
        if not PendingRegistration.objects.filter(pk=row.pk).delete()[0]:
            raise LinkOver
        _save(user)
        if desk.registration and desk.registration.complete:
            desk.registration.complete(user, values)
        record(
            "account.registered", target=user, actor=user, request=request,
            data={"desk": desk.name},
        )  # fmt: skip
    return user


def _save(user: User) -> None:
    """Raises NotPossible where somebody has the e-mail or CPF. What a desk raises is its own fault."""
    try:
        user.full_clean()
        user.save()
    except (IntegrityError, ValidationError):
        raise NotPossible from None
