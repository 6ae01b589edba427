"""Checks a document's signature by reading the stored file."""

import hashlib
from dataclasses import dataclass, field

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

from certificates.signatures.verification import SignatureReport, verify_detached, verify_pdf
from invoices.models import Document
from portal.files.services import open_file


@dataclass(frozen=True)
class SignatureCheck:
    """What reading the stored file found; ``same_hash``: it is the file that was published."""

    same_hash: bool
    reports: list[SignatureReport] = field(default_factory=list)
    problem: str = ""

    @property
    def is_good(self) -> bool:
        return self.same_hash and bool(self.reports) and all(r.is_good for r in self.reports)

    @property
    def is_demo(self) -> bool:
        return any(report.is_demo for report in self.reports)


def check_signature(document: Document) -> SignatureCheck:
    """Reads the file (and its .p7s), compares the hash and verifies each signature."""
    same_hash = False
    try:
        data = _read(document.file_key)
        same_hash = hashlib.sha256(data).hexdigest() == document.sha256
        if document.signature == Document.Signature.PADES:
            reports = verify_pdf(data)
        else:
            reports = verify_detached(data, _read(document.signature_key))
    except OSError:
        return SignatureCheck(same_hash, problem=_("The file could not be read."))
    except ValidationError as problem:
        return SignatureCheck(same_hash, problem=" ".join(problem.messages))
    return SignatureCheck(same_hash, reports, "" if reports else _("The file is not signed."))


def _read(key: str) -> bytes:
    if not key:
        raise FileNotFoundError
    with open_file(key) as file:
        return file.read()
