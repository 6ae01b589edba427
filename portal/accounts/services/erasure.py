"""Erasure of a person's data (LGPD, art. 18 VI): asked for by the person, decided by staff.

What law makes the provider keep stays: signed invoices and reports belong to the company, and
the audit trail keeps what happened, without who. Each desk says what it keeps and why
(``Desk.kept_on_erasure``), on the page and in the mail that tells of the erasure.

The person is gone at once: here. What others typed about them takes as long as there are texts: a
job goes through it (``erasing``), and then the person is told.
"""

from datetime import datetime, timedelta

from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from django.contrib.admin.models import LogEntry
from django.contrib.contenttypes.models import ContentType
from django.db import IntegrityError, transaction
from django.db.models import Model, Q
from django.http import HttpRequest

from portal import desks
from portal.accounts.models import (
    AccessLink,
    AccessRequest,
    Address,
    ErasureRequest,
    Grant,
    GuestLink,
    Invitation,
    PendingRegistration,
    User,
)
from portal.accounts.services.mentions import Sought, nobody, pattern_of
from portal.accounts.services.passwords import end_sessions
from portal.audit.services import erase_person, record
from portal.outbox import people
from portal.outbox.models import Entry
from portal.outbox.services import enqueue_job, enqueue_mail
from portal.provider.models import ContactDesk
from portal.transitions import advance
from portal.ui.models import SentForm

Status = ErasureRequest.Status

# Where anybody may have typed a person's name; each desk names its own (``Desk.typed``).
TYPED: dict[type[Model], tuple[str, ...]] = {
    AccessRequest: ("name", "unit_text", "message", "refusal_reason"),
    ContactDesk: ("name", "people"),
    Entry: ("error",),
    ErasureRequest: ("reason", "answer"),
    GuestLink: ("name", "title"),
    Invitation: ("name",),
    LogEntry: ("object_repr", "change_message"),
    PendingRegistration: ("values",),
    SentForm: ("location", "message"),
}


class AlreadyAsked(Exception):
    """One request of this person is waiting already."""


class OwnRequest(Exception):
    """Nobody decides their own request."""


def ask(user: User, reason: str, *, request: HttpRequest | None = None) -> ErasureRequest:
    """Ask for erasure; AlreadyAsked while another request waits."""
    try:
        with transaction.atomic():
            made = ErasureRequest.objects.create(user=user, reason=reason)
            record("erasure.asked", target=made, request=request)
    except IntegrityError:
        raise AlreadyAsked from None
    return made


@transaction.atomic
def cancel(row: ErasureRequest, *, at: datetime, request: HttpRequest | None = None) -> None:
    """The person thought better of it. IllegalTransition when it was decided meanwhile."""
    advance(row, to=Status.CANCELLED, decided_at=at, at=at, request=request)


@transaction.atomic
def refuse(
    row: ErasureRequest, answer: str, *, by: User, at: datetime, request: HttpRequest | None = None
) -> None:
    """Keep the data, and tell the person why. IllegalTransition when it was decided meanwhile."""
    if row.user_id == by.pk:
        raise OwnRequest
    advance(
        row, to=Status.REFUSED, answer=answer, decided_by=by, decided_at=at,
        by=by, at=at, request=request,
    )  # fmt: skip
    tell(row, "erasure_refused", row.user.email, answer)


@transaction.atomic
def carry_out(
    row: ErasureRequest, *, by: User, at: datetime, request: HttpRequest | None = None
) -> None:
    """Make the person unrecognisable, end what they had open, and queue the job that does the rest.

    IllegalTransition when it was decided meanwhile; OwnRequest for one's own.
    """
    if row.user_id == by.pk:
        raise OwnRequest
    user = User.objects.select_for_update().get(pk=row.user_id)
    sealed = Sought(pattern_of(user), user.email or "").sealed(row.pk)
    advance(row, to=Status.ERASING, decided_by=by, decided_at=at, reason="", sealed=sealed)
    _forget_mail(user, at=at)
    _forget_traces(user)
    _end_access(user, at=at)
    for forget in desks.gather("on_erasure"):
        forget(user)
    _anonymise(user, name=nobody(), at=at)
    links = erase_person(user.pk)
    record("erasure.done", target=row, actor=by, request=request, data={"links": links})
    queue(row, at=at)


def queue(row: ErasureRequest, *, at: datetime) -> None:
    """Have the texts gone through that may name the person."""
    key = f"erase-mentions:{row.pk}:{at:%Y%m%d%H%M%S%f}"
    enqueue_job("accounts.erase_mentions", key=key, erasure=row.pk)


def kept() -> list[desks.Label]:
    """What stays after an erasure, and why: a sentence each."""
    return list(desks.gather("kept_on_erasure"))


def tell(row: ErasureRequest, template: str, email: str | None, answer: str) -> None:
    """Mail the person, if there is an address."""
    if email:
        context = {"answer": answer, "asked_at": row.created_at, "kept": kept()}
        key = f"erasure:{row.pk}"
        enqueue_mail(to=email, template=template, context=context, key=key, about=[row.user_id])


def _end_access(user: User, *, at: datetime) -> None:
    end_sessions(user)
    grants = Grant.objects.filter(user=user)
    grants.filter(revoked_at=None).update(revoked_at=at)
    user.access_links.all().delete()
    Authenticator.objects.filter(user=user).delete()
    user.groups.clear()
    user.user_permissions.clear()


def _forget_mail(user: User, *, at: datetime) -> None:
    """Mail to the person and about them: only that there was one is kept.

    What is still on its way, and the mail that tells of the erasure, a job wipes once it left.
    """
    pending = user.access_links.exclude(email="").values_list("email", flat=True)
    typed = {*filter(None, [user.email, *pending])}
    proven = user.email if user.email and user.email_proof else ""
    people.forget(user.pk, addresses=typed, proven=proven, at=at)
    forget_mail_later(user.pk, at=at)


def forget_mail_later(pk: int, *, at: datetime) -> None:
    """Tomorrow a job wipes what was left of mail about this person."""
    later = at + timedelta(days=1)
    enqueue_job(
        "accounts.forget_mail", key=f"forget-mail:{pk}:{later:%Y%m%d%H%M%S}", at=later, user=pk
    )


def _forget_traces(user: User) -> None:
    """By what was proven to be the person's: what was only typed may be somebody else's."""
    email = user.email if user.email_proof else None
    cpf = user.cpf if user.cpf_proof else None
    same = Q(user=user)
    if email:
        same |= Q(email__iexact=email)
    if cpf:
        same |= Q(cpf=cpf)
    AccessRequest.objects.filter(same).delete()
    Invitation.objects.filter(accepted_by=user).delete()
    if email:
        addressed: tuple[type[Model], ...] = (
            Invitation,
            PendingRegistration,
            GuestLink,
            AccessLink,
        )
        for model in addressed:
            model._default_manager.filter(email__iexact=email).delete()
    if cpf:  # with somebody else's address: that person's, but for the CPF
        PendingRegistration.objects.filter(cpf=cpf).delete()
        Invitation.objects.filter(cpf=cpf).update(cpf="")
    EmailAddress.objects.filter(user=user).delete()
    ErasureRequest.objects.filter(user=user).update(reason="")
    LogEntry.objects.filter(
        content_type=ContentType.objects.get_for_model(User), object_id=str(user.pk)
    ).update(object_repr=nobody(), change_message="")


def _anonymise(user: User, *, name: str, at: datetime) -> None:
    user.name, user.cpf, user.email, user.phone = name, None, None, ""
    user.unprove({"cpf", "email"})
    user.phone_extension = ""
    for field in Address._meta.local_fields:
        setattr(user, field.name, False if field.name == "no_number" else "")
    user.is_active = user.is_staff = user.is_superuser = user.must_change_password = False
    user.provisional_until, user.last_login, user.erased_at = None, None, at
    user.set_unusable_password()
    user.save()
