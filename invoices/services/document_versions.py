"""Which versions of a document the portal has, and what publishing another would do."""

from collections.abc import Iterable
from dataclasses import dataclass

from django.db.models import TextChoices

from invoices.models import Document
from invoices.services.document_spec import ANY_VERSION, DocumentSpec, Identity


class Outcome(TextChoices):
    """What publishing a document does."""

    NEW = "new"
    REPLACES = "replaces"
    UNCHANGED = "unchanged"


@dataclass(frozen=True)
class KnownVersions:
    """The number of the newest version of a document, and the published one if there is any."""

    newest: int
    published: Document | None


def known_versions(
    identities: Iterable[Identity], *, lock: bool = False
) -> dict[Identity, KnownVersions]:
    """What the portal has of each document; with ``lock`` until the transaction ends."""
    asked = set(identities)
    documents = Document.objects.filter(
        unit__in={i[0] for i in asked}, type__in={i[1] for i in asked},
        period__in={i[2] for i in asked}, number__in={i[3] for i in asked},
    ).order_by("pk")  # fmt: skip
    if lock:
        documents = documents.select_for_update(of=("self",))
    known: dict[Identity, KnownVersions] = {}
    for document in documents:
        identity = (document.unit_id, document.type_id, document.period, document.number)
        if identity not in asked:
            continue
        before = known.get(identity, KnownVersions(0, None))
        published = document if document.status == Document.Status.PUBLISHED else before.published
        known[identity] = KnownVersions(max(before.newest, document.version), published)
    return known


def outcome_of(spec: DocumentSpec, known: KnownVersions | None) -> Outcome:
    """What publishing ``spec`` would do, as things stand.

    UNCHANGED: the published version came from these very bytes and can still be fetched.
    """
    published = known.published if known else None
    if published is None:
        return Outcome.NEW
    is_same = published.source_sha256 == spec.file.sha256 and published.is_fetchable(spec.at)
    return Outcome.UNCHANGED if is_same else Outcome.REPLACES


def is_overtaken(spec: DocumentSpec, known: KnownVersions | None) -> bool:
    """Whether another version is published than the one that ``spec`` is to replace."""
    published = known.published if known else None
    return spec.replaces not in (ANY_VERSION, published.pk if published else None)
