"""Which versions of a document the portal has, and whether a file would change anything."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from invoices.models import Document
from invoices.services.document_spec import Identity


@dataclass(frozen=True)
class KnownVersions:
    """The newest version of an invoice that the portal knows, and the published one if any."""

    newest: int
    published: Document | None


def known_versions(
    identities: Iterable[Identity], *, lock: bool = False
) -> dict[Identity, KnownVersions]:
    """What the portal knows of each of these invoices; with ``lock``, until the transaction ends."""
    wanted = set(identities)
    documents = Document.objects.filter(
        unit__in={i[0] for i in wanted}, type__in={i[1] for i in wanted},
        period__in={i[2] for i in wanted}, number__in={i[3] for i in wanted},
    ).order_by("pk")  # fmt: skip
    if lock:
        documents = documents.select_for_update(of=("self",))
    known: dict[Identity, KnownVersions] = {}
    for document in documents:
        identity = (document.unit_id, document.type_id, document.period, document.number)
        if identity not in wanted:
            continue
        before = known.get(identity, KnownVersions(0, None))
        published = document if document.status == Document.Status.PUBLISHED else before.published
        known[identity] = KnownVersions(max(before.newest, document.version), published)
    return known


def is_unchanged(known: KnownVersions | None, source_sha256: str, *, at: datetime) -> bool:
    """Whether the published version came from these very bytes and can still be fetched."""
    published = known.published if known else None
    return bool(
        published and published.source_sha256 == source_sha256 and published.is_fetchable(at)
    )
