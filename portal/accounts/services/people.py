"""Creating and deactivating people."""

from collections.abc import Iterable, Set
from datetime import datetime
from typing import Any

from django.contrib.auth.models import Group
from django.db import transaction
from django.http import HttpRequest

from portal.accounts.models import User
from portal.accounts.services.keepers import tell_of_reset
from portal.accounts.services.passwords import end_sessions
from portal.audit.services import record
from portal.outbox.services import enqueue_mail
from portal.taxid import normalise


@transaction.atomic
def create_user(
    *,
    name: str,
    cpf: str = "",
    email: str = "",
    password: str | None = None,
    groups: Iterable[str] = (),
    by: User | None = None,
    request: HttpRequest | None = None,
    **values: Any,
) -> User:
    """A user known by ``cpf`` (masked or not), ``email`` or both.

    Without a password there is no way in until an invitation is accepted or a provisional
    password issued. Members of ``groups`` (names) are staff. Both count as only typed, unless
    ``values`` say how they were proven. Raises ValidationError for a CPF or e-mail that is not
    valid, or said to be proven and proven at somebody else; IntegrityError where that just came
    about.
    """
    names = list(groups)
    if names:
        values["is_staff"] = True
    user = User(
        name=name.strip(), cpf=normalise(cpf) or None, email=email.strip().lower() or None, **values
    )
    user.set_password(password)
    user.full_clean()
    user.save()
    user.groups.set(Group.objects.filter(name__in=names))
    record("account.created", target=user, actor=by, request=request, data={"groups": names})
    return user


@transaction.atomic
def activate(user: User, *, by: User | None, request: HttpRequest | None = None) -> None:
    """The person may sign in again, with the password they had."""
    User.objects.filter(pk=user.pk, erased_at=None).update(is_active=True)
    user.is_active = True
    record("account.activated", target=user, actor=by, request=request)


def tell_login_changed(
    user: User, *, changed: Set[str], before: str | None, by: User, at: datetime
) -> None:
    """Staff changed the CPF or e-mail (``changed``) by which a person signs in.

    What was mailed before opens nothing any more. The address ``before`` is told, whichever it was;
    so is who administers a sensitive service that this person has.
    """
    tell_of_reset(user, by=by, at=at)
    user.access_links.filter(used_at=None).update(used_at=at)
    if not before:
        return
    context = {"name": user.first_name, "at": at}
    for field in sorted(changed):
        enqueue_mail(
            to=before, template=f"{field}_changed", context=context, about=[user.pk],
            key=f"login-changed:{field}:{user.pk}:{at.timestamp()}",
        )  # fmt: skip


@transaction.atomic
def deactivate(user: User, *, by: User | None, request: HttpRequest | None = None) -> None:
    """The person can no longer sign in, and whatever they had open ends."""
    User.objects.filter(pk=user.pk).update(is_active=False)
    user.is_active = False
    end_sessions(user)
    record("account.deactivated", target=user, actor=by, request=request)
