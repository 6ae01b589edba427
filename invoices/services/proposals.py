"""Lets a document be looked over first: its file is kept aside, the rest is in a signed token.

The file waits in the store without an owner; what is never confirmed the sweep removes.
"""

from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any

from django.core import signing
from django.core.files.base import File

from invoices.models import Document, DocumentType
from invoices.services.document_spec import DocumentSpec, SourceFile
from invoices.services.document_versions import Outcome, known_versions, outcome_of
from invoices.services.publish_one import publish
from invoices.services.signed_documents import STAGED
from portal.accounts.models import Unit, User
from portal.files.services import delete, safe_name, store

_SALT = "invoices.proposal"
MAX_AGE = 12 * 3600


@dataclass(frozen=True, kw_only=True)
class Proposal:
    """What would be published, and what would come of it as things stood when it was handed in."""

    spec: DocumentSpec
    size: int
    replaces_version: int | None
    outcome: Outcome


def propose(values: dict[str, Any], *, by: User, at: datetime) -> str:
    """Keep the file aside and return the token of the proposal. ``values`` are PublishForm's."""
    file: File[Any] = values["file"]
    name = safe_name(file.name or "arquivo")
    stored = store(file, prefix=STAGED, name=name)
    spec = DocumentSpec(
        unit=values["unit"], type=values["type"], period=values["period"],
        number=values["number"].strip(), amount_cents=values["amount"],
        due_date=values["due_date"], by=by, at=at,
        file=SourceFile(name=name, sha256=stored.sha256, key=stored.key),
    )  # fmt: skip
    known = known_versions([spec.identity]).get(spec.identity)
    published = known.published if known else None
    proposal = Proposal(
        spec=replace(spec, replaces=published.pk if published else None),
        size=stored.size,
        replaces_version=published.version if published else None,
        outcome=outcome_of(spec, known),
    )
    return signing.dumps(_as_json(proposal, by), salt=_SALT, compress=True)


def _as_json(proposal: Proposal, by: User) -> dict[str, Any]:
    spec = proposal.spec
    return {
        "by": by.pk, "unit": spec.unit.pk, "type": spec.type.pk,
        "period": spec.period.isoformat(), "number": spec.number, "amount": spec.amount_cents,
        "due": spec.due_date.isoformat() if spec.due_date else None,
        "name": spec.file.name, "sha256": spec.file.sha256, "key": spec.file.key,
        "replaces": spec.replaces, "size": proposal.size, "version": proposal.replaces_version,
        "outcome": proposal.outcome.value,
    }  # fmt: skip


def read_proposal(token: str, *, by: User, at: datetime) -> Proposal | None:
    """The proposal of a token; None when it was tampered with, is too old or is somebody else's."""
    try:
        said = signing.loads(token, salt=_SALT, max_age=MAX_AGE)
    except signing.BadSignature:
        return None
    unit = Unit.objects.select_related("company").filter(pk=said["unit"]).first()
    type_ = DocumentType.objects.filter(pk=said["type"]).first()
    if said["by"] != by.pk or unit is None or type_ is None:
        return None
    spec = DocumentSpec(
        unit=unit, type=type_, period=date.fromisoformat(said["period"]), number=said["number"],
        amount_cents=said["amount"], by=by, at=at, replaces=said["replaces"],
        due_date=date.fromisoformat(said["due"]) if said["due"] else None,
        file=SourceFile(name=said["name"], sha256=said["sha256"], key=said["key"]),
    )  # fmt: skip
    return Proposal(
        spec=spec,
        size=said["size"],
        replaces_version=said["version"],
        outcome=Outcome(said["outcome"]),
    )


def accept(proposal: Proposal) -> tuple[Document, Outcome]:
    """Publish what was looked over. Twice gives the same document.

    Raises what ``publish`` does; FileNotFoundError when nothing was published from the file and
    it is no longer there.
    """
    document, outcome = publish(proposal.spec)
    delete(proposal.spec.file.key)
    return document, outcome
