"""Passwords and the sessions that stand on them."""

from datetime import datetime, timedelta

from allauth.usersessions.models import UserSession
from django.conf import settings
from django.db import transaction
from django.http import HttpRequest

from portal.accounts.models import AccessLink, User
from portal.accounts.passwords import provisional_password
from portal.accounts.services.keepers import tell_of_reset
from portal.audit.services import record
from portal.outbox.services import enqueue_mail


@transaction.atomic
def set_password(
    user: User, password: str, *, at: datetime, request: HttpRequest | None = None
) -> None:
    """A password of the person's own choice, already judged by a form.

    Links that were still out and every session but the request's own end; the person is told.
    """
    user.set_password(password)
    user.must_change_password, user.provisional_until = False, None
    user.save(update_fields=["password", "must_change_password", "provisional_until"])
    own = request is not None and request.user == user and request.session.session_key
    end_sessions(user, keep=own or "")
    kinds = [AccessLink.Kind.INVITATION, AccessLink.Kind.RECOVERY]
    user.access_links.filter(used_at=None, kind__in=kinds).update(used_at=at)
    if user.email:
        key = f"password-changed:{user.pk}:{at.timestamp()}"
        enqueue_mail(
            to=user.email,
            template="password_changed",
            context={"user": user, "at": at},
            key=key,
            about=[user.pk],
        )
    record("account.password_changed", target=user, actor=user, request=request)


@transaction.atomic
def issue_provisional_password(
    user: User, *, by: User | None, at: datetime, request: HttpRequest | None = None
) -> str:
    """A random password, returned to be shown once. It opens one session, which leads to the
    choice of an own password and nowhere else; unused, it ends after the invitation's hours. Its
    owner is told by mail that it was made, without the password; so is who administers a sensitive
    service that this person has."""
    password = provisional_password()
    user.set_password(password)
    user.must_change_password = True
    user.provisional_until = at + timedelta(hours=settings.INVITATION_HOURS)
    user.save(update_fields=["password", "must_change_password", "provisional_until"])
    end_sessions(user)
    if user.email:
        enqueue_mail(
            to=user.email, template="provisional_password",
            context={"name": user.first_name, "at": at},
            key=f"provisional:{user.pk}:{at.timestamp()}", about=[user.pk],
        )  # fmt: skip
    if by is not None:
        tell_of_reset(user, by=by, at=at)
    record("account.provisional_password", target=user, actor=by, request=request)
    return password


def spend_provisional(user: User, *, at: datetime) -> bool:
    """Use the provisional password up; False when somebody else just did, or it has ended."""
    waiting = User.objects.filter(pk=user.pk, must_change_password=True, provisional_until__gt=at)
    return bool(waiting.update(provisional_until=None))


def end_sessions(user: User, *, keep: str = "") -> int:
    """End the user's sessions, except the one with the key ``keep``; how many there were."""
    sessions = list(UserSession.objects.filter(user=user).exclude(session_key=keep))
    for session in sessions:
        session.end()
    return len(sessions)


@transaction.atomic
def end_sessions_of(user: User, *, by: User, request: HttpRequest | None = None) -> int:
    """Staff sign a person out everywhere; how many sessions there were."""
    count = end_sessions(user)
    record("account.sessions_ended", target=user, actor=by, request=request, data={"count": count})
    return count
