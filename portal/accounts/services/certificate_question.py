"""A certificate meets a registration in which its CPF was only typed: whose is it?

The identity that the certificate has proven waits in the session, for ten minutes and for nothing
else. Whoever gives the registration's password joins both. Else the certificate makes a
registration of its own, and staff are told of the other one.
"""

import uuid
from collections.abc import Sequence
from datetime import datetime, timedelta

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse

from portal.accounts.models import User
from portal.accounts.opening import CertificateIdentity
from portal.audit.services import record
from portal.outbox.services import enqueue_mail
from portal.provider.models import ContactDesk
from portal.provider.services import current_provider

KEY = "certificate_question"  # of the session
LIFE = timedelta(minutes=10)
# Registrations with one CPF that a password is compared with, and that staff are told of.
LOOKED_AT = 5


def ask(
    request: HttpRequest, identity: CertificateIdentity, *, next_url: str, at: datetime
) -> HttpResponse:
    """Keep the identity and go to the page with the question. Nothing is opened."""
    request.session[KEY] = {
        "identity": identity.as_json(), "next": next_url, "until": (at + LIFE).isoformat(),
    }  # fmt: skip
    return redirect("accounts:certificate_question")


def waiting(request: HttpRequest, *, at: datetime) -> tuple[CertificateIdentity, str] | None:
    """The identity that waits for an answer, and the page wanted after it; None once it is late."""
    held = request.session.get(KEY)
    if not held or datetime.fromisoformat(held["until"]) <= at:
        return None
    return CertificateIdentity.from_json(held["identity"]), str(held["next"])


def forget(request: HttpRequest) -> None:
    """The question is answered, or given up."""
    request.session.pop(KEY, None)


def owner(people: Sequence[User], password: str) -> User | None:
    """Whose password this is, of those who may sign in with it; None also where it fits two.

    A provisional password does not count: staff have seen it.
    """
    fitting = [user for user in people if user.check_password(password)]
    mine = [user for user in fitting if user.is_active and not user.must_change_password]
    return mine[0] if len(mine) == 1 else None


def tell_staff(people: Sequence[User], user: User, *, request: HttpRequest | None = None) -> None:
    """The holder of a CPF says that these registrations, which have it typed, are not theirs."""
    for other in people:
        data = {"user": user.pk}
        record("account.cpf_disputed", target=other, actor=user, request=request, data=data)
    desk = ContactDesk.objects.filter(topic=ContactDesk.Topic.ACCESS).first()
    links = [
        settings.BASE_URL + reverse("admin:accounts_user_change", args=[other.pk])
        for other in people
    ]
    enqueue_mail(
        to=desk.email if desk else current_provider().email, template="cpf_disputed",
        context={"links": links}, key=f"cpf-disputed:{uuid.uuid4()}",
        about=[other.pk for other in people],
    )  # fmt: skip
