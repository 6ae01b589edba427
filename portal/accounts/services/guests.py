"""Links for participants who have no account: made, mailed, redeemed, asked for anew."""

import secrets
import uuid
from datetime import datetime, timedelta
from typing import Any

from django.apps import apps
from django.conf import settings
from django.contrib.auth.models import AnonymousUser
from django.db import transaction
from django.db.models import Model
from django.http import HttpRequest
from django.urls import reverse
from django.utils import timezone

from portal.accounts.models import GuestLink, User
from portal.accounts.services.links import LinkOver
from portal.accounts.visits import LENGTH, Visit
from portal.audit.services import record
from portal.outbox.services import enqueue_job, enqueue_mail
from portal.tokens import digest_of

HOURS = 72


def issue_link(obj: Model, *, email: str, by: User | None, at: datetime, **values: Any) -> str:
    """Make a link to ``obj`` for one participant and return its address, which is kept nowhere.

    It opens once, within ``hours`` (by default 72); an older one of the same participant to the
    same object stops opening. ``name``: the participant's. ``title``: what mails call the object,
    by default what ``str`` says. The desk puts the address into a mail of its own, or calls
    ``mail_link``. Raises ValueError where ``visible_to`` does not show the object to this guest.
    """
    return _issue(obj, email=email, by=by, at=at, **values)[1]


@transaction.atomic
def mail_link(obj: Model, *, email: str, by: User | None, at: datetime, **values: Any) -> None:
    """Make a link as ``issue_link`` does, with the same arguments, and mail it."""
    link, address = _issue(obj, email=email, by=by, at=at, **values)
    context = {
        "title": link.title, "name": link.name.partition(" ")[0], "link": address,
        "until": timezone.localtime(link.expires_at), "hours": LENGTH // timedelta(hours=1),
    }  # fmt: skip
    known = User.objects.with_proven_email(link.email)
    enqueue_mail(
        to=link.email, template="guest_link", context=context, key=f"guest-link:{link.pk}",
        about=[known.pk] if known else (),
    )  # fmt: skip


@transaction.atomic
def _issue(
    obj: Model, *, email: str, by: User | None, at: datetime, name: str = "", title: str = "",
    hours: int = HOURS, request: HttpRequest | None = None,
) -> tuple[GuestLink, str]:  # fmt: skip
    token = secrets.token_urlsafe(32)
    link = GuestLink(
        digest=digest_of(token), email=email.strip().lower(), name=name,
        model=obj._meta.label_lower, object_pk=str(obj.pk), title=(title or str(obj))[:200],
        hours=hours, expires_at=at + timedelta(hours=hours), created_by=by,
    )  # fmt: skip
    if object_of(link, at=at) is None:
        raise ValueError(f"{link.model}.visible_to does not show {link.object_pk} to this guest.")
    older = GuestLink.objects.filter(
        email=link.email, model=link.model, object_pk=link.object_pk, used_at=None, replaced_at=None
    )
    older.update(replaced_at=at)
    link.save()
    record("guest.link_made", target=_target(link), actor=by, request=request)
    return link, str(settings.BASE_URL) + reverse("accounts:guest_link", args=[token])


def look(token: str, *, at: datetime) -> GuestLink:
    """The link, if it still opens its object; LinkOver otherwise. Looking does not use it."""
    link = GuestLink.objects.filter(digest=digest_of(token)).first()
    if link is None or not link.opens(at) or object_of(link, at=at) is None:
        raise LinkOver
    return link


@transaction.atomic
def redeem(token: str, *, at: datetime, request: HttpRequest) -> tuple[Visit, Any]:
    """Use the link up: the visit that it begins, and the object. Of two at once one succeeds, the
    other gets LinkOver."""
    link = look(token, at=at)
    if not GuestLink.objects.filter(pk=link.pk, used_at=None, replaced_at=None).update(used_at=at):
        raise LinkOver
    record("guest.came", target=_target(link), request=request)
    return visit_by(link, at=at), object_of(link, at=at)


def ask_for_new(token: str) -> None:
    """The participant wants another link. Does the same whether or not the token was one: whether
    a mail leaves is decided by the job, out of the stranger's sight."""
    found = GuestLink.objects.filter(digest=digest_of(token))
    pk = found.values_list("pk", flat=True).first() or 0
    with transaction.atomic():
        enqueue_job("accounts.send_guest_link", key=f"guest-link-new:{uuid.uuid4()}", link=pk)


def send_again(link: GuestLink, *, at: datetime) -> bool:
    """Mail a new link to the participant of this one; False where they may see the object no more."""
    obj = object_of(link, at=at)
    if obj is None:
        return False
    mail_link(
        obj, email=link.email, name=link.name, title=link.title, hours=link.hours, by=None, at=at
    )
    return True


def visit_by(link: GuestLink, *, at: datetime) -> Visit:
    """The visit that the link begins at this instant."""
    return Visit(
        email=link.email, name=link.name, model=link.model, object_pk=link.object_pk,
        until=at + LENGTH,
    )  # fmt: skip


def object_of(link: GuestLink, *, at: datetime) -> Any:
    """The object, as ``visible_to`` shows it to this guest; None where it shows nothing."""
    try:
        model: Any = apps.get_model(link.model)
    except LookupError:  # the desk is no longer installed
        return None
    visible = model._default_manager.visible_to(AnonymousUser(), at=at, visit=visit_by(link, at=at))
    return visible.filter(pk=link.object_pk).first()


def _target(link: GuestLink) -> str:
    return f"{link.model}:{link.object_pk}"
