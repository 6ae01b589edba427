"""Requests for access: a stranger asks, staff decide."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.http import HttpRequest
from django.urls import reverse
from django.utils.translation import gettext as _

from portal.accounts.models import AccessRequest, User
from portal.accounts.services.grants import NewAccess, grant_access
from portal.accounts.services.links import invite
from portal.accounts.services.people import create_user
from portal.audit.services import record
from portal.outbox.services import enqueue_mail
from portal.provider.models import ContactDesk
from portal.provider.services import current_provider
from portal.transitions import IllegalTransition, advance


@transaction.atomic
def request_access(values: dict[str, Any], *, request: HttpRequest | None = None) -> AccessRequest:
    """Keep a request (checked by its form) and tell the desk that looks after access.

    The same person asking twice for the same unit is one request while it waits.
    """
    same = {key: values[key] for key in ("cpf", "email", "unit_text")}
    alike = AccessRequest.objects.filter(**same).order_by("-pk")
    if waiting := alike.filter(status=AccessRequest.Status.PENDING).first():
        return waiting
    try:
        with transaction.atomic():
            made = AccessRequest.objects.create(**values)
    except IntegrityError:
        # Sent twice at once: the other one is there, though staff may have decided it already.
        if twin := alike.first():
            return twin
        raise
    record("access_request.made", target=made, request=request)
    desk = ContactDesk.objects.filter(topic=ContactDesk.Topic.ACCESS).first()
    link = settings.BASE_URL + reverse("accounts:access_request", args=[made.pk])
    enqueue_mail(
        to=desk.email if desk else current_provider().email, template="access_requested",
        context={"link": link}, key=f"access-requested:{made.pk}", about=_people(made),
    )  # fmt: skip
    return made


def _people(row: AccessRequest) -> list[int]:
    """Whom mail about the request is about: who was signed in, and who is known by what was typed."""
    person = known_person(row)
    return [pk for pk in (row.user_id, person and person.pk) if pk]


def known_person(row: AccessRequest) -> User | None:
    """Whose CPF or e-mail, as the request says them, the portal knows for certain.

    Who only typed one of them is somebody else until it is proven.
    """
    by_cpf = User.objects.with_proven_cpf(row.cpf)
    return by_cpf or User.objects.with_proven_email(row.email)


@transaction.atomic
def accept_request(
    row: AccessRequest,
    *,
    access: NewAccess,
    by: User,
    at: datetime,
    request: HttpRequest | None = None,
) -> User:
    """Give the access asked for, a grant for each of its places, and invite the person.

    Someone the portal knows keeps their registration: what they are sent goes to the e-mail that
    it has, never to the one typed in the request, which may be a stranger's. Raises
    ValidationError for someone inactive or whose CPF and e-mail belong to two people,
    IllegalTransition when it was decided meanwhile.
    """
    # Of two who accept at once the second waits here, and is told.
    waiting = AccessRequest.objects.select_for_update().filter(pk=row.pk)
    if not waiting.filter(status=AccessRequest.Status.PENDING).exists():
        raise IllegalTransition(_("This request has already been decided."))
    user = known_person(row) or _new_person(row, by=by, request=request)
    if not user.is_active:
        raise ValidationError(_("This person's registration is inactive: activate it first."))
    if user.cpf and user.cpf != row.cpf:
        raise ValidationError(_("This e-mail belongs to a person with another CPF."))
    advance(
        row, to=AccessRequest.Status.ACCEPTED, user=user, decided_by=by, decided_at=at,
        by=by, at=at, request=request, audit_data={"user": user.pk},
    )  # fmt: skip
    for place in access.places:
        grant_access(
            user, place, level=access.level, scopes=access.scopes, valid_until=access.until,
            by=by, at=at, request=request,
        )  # fmt: skip
    _tell_accepted(row, user, access, by=by, at=at)
    return user


def _new_person(row: AccessRequest, *, by: User, request: HttpRequest | None) -> User:
    """Registered from the request, unless another request of the same person came first."""
    try:
        with transaction.atomic():
            return create_user(
                name=row.name, cpf=row.cpf, email=row.email, phone=row.phone, by=by,
                request=request,
            )  # fmt: skip
    except IntegrityError:
        if known := known_person(row):
            return known
        text = _("Another registration has this e-mail and has not confirmed it. Look at it first.")
        raise ValidationError(text) from None


def _tell_accepted(
    row: AccessRequest, user: User, access: NewAccess, *, by: User, at: datetime
) -> None:
    if not user.email:
        return
    if not user.has_usable_password():
        invite(user, by=by, at=at)
        return
    context = {
        "user": user, "place": ", ".join(map(str, access.places)),
        "link": settings.BASE_URL + reverse("account_login"),
    }  # fmt: skip
    enqueue_mail(
        to=user.email,
        template="access_granted",
        context=context,
        key=f"access-granted:{row.pk}",
        about=[user.pk],
    )


@transaction.atomic
def refuse_request(
    row: AccessRequest, *, reason: str, by: User, at: datetime, request: HttpRequest | None = None
) -> None:
    """Refuse, and tell the person why. IllegalTransition when it was decided meanwhile."""
    advance(
        row, to=AccessRequest.Status.REFUSED, refusal_reason=reason, decided_by=by, decided_at=at,
        by=by, at=at, request=request,
    )  # fmt: skip
    context = {"name": row.name, "reason": reason}
    enqueue_mail(
        to=row.email, template="access_refused", context=context, key=f"access-refused:{row.pk}",
        about=_people(row),
    )  # fmt: skip


def refuse_requests(
    rows: Iterable[AccessRequest], *, reason: str, by: User, at: datetime,
    request: HttpRequest | None = None,
) -> int:  # fmt: skip
    """Refuse each for the same reason; how many. One that was decided meanwhile stays as it is."""
    done = 0
    for row in rows:
        try:
            refuse_request(row, reason=reason, by=by, at=at, request=request)
            done += 1
        except IllegalTransition:
            continue
    return done
