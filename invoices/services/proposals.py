"""A document looked over before it is published: kept aside, described by a signed token.

The file waits in the store without an owner; what is never confirmed the sweep removes.
"""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.core import signing
from django.core.files.base import File

from invoices.models import Document, DocumentType
from invoices.services.document_spec import DocumentSpec
from invoices.services.document_versions import is_unchanged, known_versions
from invoices.services.publish_one import Outcome, publish
from invoices.services.signed_documents import STAGED
from portal.accounts.models import Unit, User
from portal.files.services import delete, open_file, safe_name, store

_SALT = "invoices.publish-one"
MAX_AGE = 12 * 3600


@dataclass(frozen=True)
class Proposal:
    """What would be published, and what would come of it as things stood when it was handed in."""

    wanted: DocumentSpec
    key: str
    size: int
    expected: int | None
    expected_version: int | None
    outcome: Outcome


def propose(values: dict[str, Any], *, by: User, at: datetime) -> str:
    """Keep the file aside and return the token of the proposal. ``values`` are PublishForm's."""
    file: File[Any] = values["file"]
    stored = store(file, prefix=STAGED, name=safe_name(file.name or "arquivo"))
    wanted = DocumentSpec(
        values["unit"], values["type"], values["period"], values["number"].strip(),
        values["amount"], values["due_date"], safe_name(file.name or "arquivo"), stored.sha256,
    )  # fmt: skip
    known = known_versions([wanted.identity]).get(wanted.identity)
    published = known.published if known else None
    outcome = Outcome.REPLACES if published else Outcome.NEW
    if is_unchanged(known, wanted.source_sha256, at=at):
        outcome = Outcome.UNCHANGED
    return signing.dumps(
        {
            "by": by.pk, "unit": wanted.unit.pk, "type": wanted.type.pk,
            "period": wanted.period.isoformat(), "number": wanted.number,
            "amount": wanted.amount_cents, "name": wanted.file_name, "sha256": wanted.source_sha256,
            "due": wanted.due_date.isoformat() if wanted.due_date else None,
            "key": stored.key, "size": stored.size, "outcome": outcome.value,
            "expected": published.pk if published else None,
            "version": published.version if published else None,
        },
        salt=_SALT, compress=True,
    )  # fmt: skip


def read_proposal(token: str, *, by: User) -> Proposal | None:
    """The proposal of a token; None when it was tampered with, is too old or is somebody else's."""
    try:
        said = signing.loads(token, salt=_SALT, max_age=MAX_AGE)
    except signing.BadSignature:
        return None
    unit = Unit.objects.select_related("company").filter(pk=said["unit"]).first()
    type_ = DocumentType.objects.filter(pk=said["type"]).first()
    if said["by"] != by.pk or unit is None or type_ is None:
        return None
    wanted = DocumentSpec(
        unit, type_, date.fromisoformat(said["period"]), said["number"], said["amount"],
        date.fromisoformat(said["due"]) if said["due"] else None, said["name"], said["sha256"],
    )  # fmt: skip
    return Proposal(
        wanted,
        said["key"],
        said["size"],
        said["expected"],
        said["version"],
        Outcome(said["outcome"]),
    )


def accept(proposal: Proposal, *, by: User, at: datetime) -> tuple[Document, Outcome]:
    """Publish what was looked over. Twice gives the same document.

    Raises ChangedMeanwhile, ValidationError and NoSigner as ``publish`` does, and
    FileNotFoundError when the file is no longer there and nothing was published from it.
    """
    wanted = proposal.wanted
    known = known_versions([wanted.identity]).get(wanted.identity)
    if known and known.published and is_unchanged(known, wanted.source_sha256, at=at):
        delete(proposal.key)
        return known.published, Outcome.UNCHANGED
    with open_file(proposal.key) as file:
        source = file.read()
    document, outcome = publish(
        unit=wanted.unit, type=wanted.type, period=wanted.period, number=wanted.number,
        amount_cents=wanted.amount_cents, due_date=wanted.due_date, source=source,
        file_name=wanted.file_name, by=by, at=at, expected=proposal.expected,
    )  # fmt: skip
    delete(proposal.key)
    return document, outcome
