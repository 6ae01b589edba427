"""Records and lists who has seen, opened and saved a document. Staff leave no trace here."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import Any

from django.core.cache import cache
from django.db.models import Q
from django.utils.translation import gettext as _

from invoices.models import Document, DocumentEvent, Tombstone
from portal.accounts.labels import instant
from portal.accounts.models import User
from portal.accounts.personal_data import Rows
from portal.full_disk import note_if_there_is_room

# A double click, or a reader that fetches a file in parts, is one event.
SAME_EVENT_SECONDS = 60
SHOWN = 100


@dataclass(frozen=True)
class HistoryLine:
    """One line of a document's history as a person may read it."""

    kind: str
    label: str
    at: datetime
    who: str
    note: str


def note(document: Document, kind: str, user: User, at: datetime) -> None:
    """Record that a client saw, opened or saved a document; once a minute per person and kind."""
    note_many([document.pk], kind, user, at)


def note_many(documents: Iterable[int], kind: str, user: User, at: datetime) -> None:
    """The same for many documents, by key, in one statement. On a full disk reading goes on."""
    if user.is_staff:
        return
    keys = {pk: f"document-event:{pk}:{kind}:{user.pk}" for pk in documents}
    first = {pk: key for pk, key in keys.items() if _is_first(key)}
    if not first:
        return
    events = [DocumentEvent(document_id=pk, kind=kind, user=user, at=at) for pk in first]
    if not note_if_there_is_room(partial(_insert, events)):
        cache.delete_many(first.values())


def _insert(events: list[DocumentEvent]) -> None:
    if len(events) == 1:
        events[0].save(force_insert=True)
    else:
        DocumentEvent.objects.bulk_create(events, batch_size=500)


def _is_first(key: str) -> bool:
    """Without a cache a repeated event is noted twice."""
    return bool(cache.add(key, 1, SAME_EVENT_SECONDS))


def history_of(document: Document, reader: User, provider_name: str) -> list[HistoryLine]:
    """The newest events of a document. Clients read their own people's names; for the provider's
    staff they read the provider's name."""
    events = document.events.select_related("user")[:SHOWN]
    return [
        HistoryLine(
            event.kind,
            event.get_kind_display(),
            event.at,
            _who(event, reader, provider_name),
            event.note,
        )
        for event in events
    ]


def _who(event: DocumentEvent, reader: User, provider_name: str) -> str:
    if event.user is None:
        return provider_name if event.kind not in DocumentEvent.CLIENT_KINDS else _("Removed user")
    return provider_name if event.user.is_staff and not reader.is_staff else event.user.name


def personal_events(user: User) -> dict[str, Any]:
    """For "my data": what this person did with documents. What others did is theirs."""
    own = DocumentEvent.objects.filter(user=user).select_related("document__type", "document__unit")
    return {
        _("What I did with documents"): Rows(own.order_by("-pk"), _line),
        _("What I said of documents that were removed"): _answers_of(user),
    }


def _answers_of(user: User) -> Rows:
    """What this person released or contested, of documents of which only the tombstone is left."""
    stones = Tombstone.objects.filter(Q(release_by=user) | Q(contested_by=user))
    return Rows(
        stones.select_related("unit", "release_by", "contested_by").order_by("-pk"),
        lambda stone: [
            {
                _("What"): str(answer.release.label),
                _("When"): instant(answer.at),
                _("Type"): stone.type_name,
                _("Number"): stone.number,
                _("Unit"): stone.unit.code,
                _("Reason"): answer.reason,
            }
            for answer in stone.answers
            if answer.who == user
        ],
    )


def _line(event: DocumentEvent) -> list[dict[str, Any]]:
    return [
        {
            _("What"): event.get_kind_display(),
            _("When"): instant(event.at),
            _("Type"): event.document.type.name,
            _("Number"): event.document.number,
            _("Unit"): event.document.unit.code,
            _("Note"): event.note,
        }
    ]
