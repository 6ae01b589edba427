"""The mails of a batch: they wait a few minutes, so that undoing it in time tells nobody."""

from datetime import datetime, timedelta

from django.conf import settings
from django.db import transaction
from django.db.models import QuerySet
from django.urls import reverse
from django.utils import timezone

from invoices.models import Batch, Document
from invoices.models.documents import DocumentQuerySet
from invoices.services.mailing import LISTED, ordered_for, readers, tell_published
from portal.accounts.models import Unit, User
from portal.outbox.models import Entry
from portal.outbox.services import cancel_mail, enqueue_mail


def mails_leave_at(batch: Batch) -> datetime:
    """When the clients of a published batch are told, or were."""
    return (batch.applied_at or batch.created_at) + timedelta(minutes=settings.BATCH_MAIL_MINUTES)


def tell_clients(batch: Batch, *, at: datetime) -> None:
    """One mail to each client with all the documents of this batch that they may see."""
    documents, leaves = Document.objects.filter(batch_row__batch=batch), mails_leave_at(batch)
    units = Unit.objects.filter(documents__batch_row__batch=batch)
    for pk in list(readers(units, at=at).values_list("pk", flat=True)):
        user = User.objects.get(pk=pk)
        with transaction.atomic():
            tell_published(user, documents, key=_key(batch, pk), at=at, leaves=leaves)


def hold_back(batch: Batch, *, at: datetime) -> set[int]:
    """Take back the batch's mails that still wait; who is not told, now or by then."""
    keys = _mails(batch).values_list("key", flat=True)
    return {_person(key) for key in cancel_mail(list(keys), at=at)}


@transaction.atomic
def tell_undone(batch: Batch, *, at: datetime) -> None:
    """Who was told of the batch gets a correction; who was not, a mail of what stays published.

    May run twice: each person gets one mail for the same documents.
    """
    untold = hold_back(batch, at=at)
    told = {_person(mail.key) for mail in _mails(batch).exclude(status=Entry.Status.FAILED)}
    documents = Document.objects.filter(batch_row__batch=batch)
    people = User.objects.filter(pk__in=told | untold, is_active=True, email__isnull=False)
    for user in people.order_by("pk"):
        if user.pk in untold:
            count = documents.filter(status=Document.Status.PUBLISHED).count()
            tell_published(user, documents, key=f"batch-kept:{batch.pk}:{user.pk}:{count}", at=at)
        else:
            _correct(batch, user, documents, at)


def _correct(batch: Batch, user: User, documents: DocumentQuerySet, at: datetime) -> None:
    """Name what was withdrawn of what this person was told of."""
    withdrawn = documents.filter(status=Document.Status.WITHDRAWN)
    mine = ordered_for(user, withdrawn, at=at)
    listed = list(mine[: LISTED + 1])
    if not listed:
        return
    count = mine.count()
    context = {
        "name": user.first_name, "count": count, "more": max(0, count - LISTED),
        "told_on": timezone.localtime(mails_leave_at(batch)),
        "documents": [f"{document}, {document.unit}" for document in listed[:LISTED]],
        "url": settings.BASE_URL + reverse("invoices:list"),
    }  # fmt: skip
    enqueue_mail(
        to=user.email or "", template="invoices/mail/batch_undone", context=context,
        key=f"batch-undone:{batch.pk}:{user.pk}:{count}", about=[user.pk],
    )  # fmt: skip


def _key(batch: Batch, user: int) -> str:
    return f"batch:{batch.pk}:user:{user}"


def _person(key: str) -> int:
    return int(key.rpartition(":")[2])


def _mails(batch: Batch) -> QuerySet[Entry]:
    return Entry.objects.filter(kind=Entry.Kind.MAIL, key__startswith=f"batch:{batch.pk}:user:")
