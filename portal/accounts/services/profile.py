"""What people change about themselves. An e-mail changes only from the new address's own inbox."""

import uuid
from datetime import datetime
from typing import Any

from django.conf import settings
from django.db import IntegrityError, transaction
from django.http import HttpRequest
from django.urls import reverse

from portal.accounts.models import AccessLink, User
from portal.accounts.services.links import LinkOver
from portal.audit.services import record
from portal.outbox.services import enqueue_mail
from portal.tokens import digest_of

EMAIL_LINK_HOURS = 24


class EmailTaken(Exception):
    """Somebody else got the address between the asking and the confirming."""


@transaction.atomic
def update_profile(user: User, changed: list[str], *, request: HttpRequest | None = None) -> None:
    """Save the fields named in ``changed`` (checked by the form); the audit names them, not their values."""
    if changed:
        user.save(update_fields=changed)
        record("account.profile_changed", target=user, request=request, data={"fields": changed})


@transaction.atomic
def ask_email_change(
    user: User, email: str, *, at: datetime, request: HttpRequest | None = None
) -> None:
    """Mail a link to the new address (24 h, once); an older one stops opening.

    Where the address is proven to be somebody else's, its owner is told instead: the page says
    the same in both cases.
    """
    user.access_links.filter(kind=AccessLink.Kind.EMAIL, used_at=None).update(used_at=at)
    key = f"email-change:{uuid.uuid4()}"
    owner = User.objects.with_proven_email(email)
    if owner and owner != user:
        enqueue_mail(to=email, template="email_taken", context={}, key=key, about=[user.pk])
    else:
        token = AccessLink.issue(
            user, AccessLink.Kind.EMAIL, hours=EMAIL_LINK_HOURS, at=at, by=user, email=email
        )
        link = settings.BASE_URL + reverse("accounts:email_confirm", args=[token])
        context: dict[str, Any] = {"name": user.first_name, "link": link, "hours": EMAIL_LINK_HOURS}
        enqueue_mail(to=email, template="email_confirm", context=context, key=key, about=[user.pk])
    record("account.email_change_asked", target=user, request=request)


def email_link(user: User, token: str, *, at: datetime) -> AccessLink:
    """This person's own link, if it still opens; LinkOver otherwise."""
    digest = digest_of(token)
    links = user.access_links.filter(kind=AccessLink.Kind.EMAIL, digest=digest)
    link = links.filter(used_at=None, expires_at__gt=at).first()
    if link is None:
        raise LinkOver
    return link


def confirm_email(
    user: User, token: str, *, at: datetime, request: HttpRequest | None = None
) -> None:
    """Use the link up: the address becomes the person's, and the one before is told.

    Raises LinkOver, or EmailTaken when somebody else has the address by now.
    """
    try:
        with transaction.atomic():
            _confirm(user, token, at=at, request=request)
    except IntegrityError:
        raise EmailTaken from None


def _confirm(user: User, token: str, *, at: datetime, request: HttpRequest | None) -> None:
    link = email_link(user, token, at=at)
    if not AccessLink.objects.filter(pk=link.pk, used_at=None).update(used_at=at):
        raise LinkOver
    before, user.email = user.email, link.email
    user.email_proof, user.email_proven_at = User.EmailProof.LINK, at
    user.save(update_fields=["email", "email_proof", "email_proven_at"])
    # What was mailed to the address before opens nothing any more.
    user.access_links.filter(used_at=None).update(used_at=at)
    record("account.email_changed", target=user, request=request)
    if before and before != user.email:
        enqueue_mail(
            to=before, template="email_changed", context={"name": user.first_name, "at": at},
            key=f"email-changed:{link.pk}", about=[user.pk],
        )  # fmt: skip
