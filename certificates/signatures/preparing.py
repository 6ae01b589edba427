"""Makes the room for a signature in a PDF. Runs in the sandbox for PDFs from elsewhere.

It knows no key. What it gives back is only appended to the PDF; whoever has the key computes the
digest of the whole and fills the signature in.
"""

import asyncio
import io
import logging
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from asn1crypto import algos
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _
from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
from pyhanko.pdf_utils.reader import PdfFileReader
from pyhanko.sign import fields, signers
from pyhanko.sign.fields import MDPPerm
from pyhanko.sign.validation import read_certification_data

from certificates.signatures.evidence import UNPACKED
from certificates.signatures.stamp import SealStyle, place
from portal.files.pdf_weight import Caps, check_weight
from portal.sandbox import answered

FIELD = "AssinaturaBalcao"
logging.getLogger("pyhanko").setLevel(logging.CRITICAL)  # it quotes the file


@dataclass(frozen=True)
class Prepared:
    """``update`` belongs behind the PDF. ``start`` and ``end``: where, counted from the PDF's first
    byte, the signature's digits stand between their ``<`` and ``>``."""

    update: bytes
    start: int
    end: int


def warm_up() -> None:
    """Prepare a PDF of ours, with a stamp: what libraries build at their first use then is there."""
    sample = Path(__file__).with_name("sample.pdf").read_bytes()
    at = datetime.fromisoformat("2026-01-01T00:00:00+00:00")
    _prepared(_writer(sample), ("", "", at), 8192, (["a"], "https://exemplo.com.br", -1))


def prepare(
    pdf: bytes,
    entry: tuple[str, str, datetime],
    reserved: int,
    seal: tuple[list[str], str, int] | None,
) -> Prepared:
    """``entry``: reason, signer's name and time. ``reserved``: hexadecimal digits for the
    signature. ``seal``: the stamp's lines, its address and its page.

    A PDF that is signed already gets no stamp: growing its page would break the older signature.
    Raises ValidationError (``cannot_sign``, ``too_costly``) for a PDF that cannot be signed.
    """
    check_weight(pdf, Caps())
    with answered(_cannot):
        writer = _writer(pdf)
        if writer.prev.encrypted:
            raise _refusal(_("This PDF is protected by a password."))
        certification = read_certification_data(writer.prev)
        if certification is not None and certification.permission == MDPPerm.NO_CHANGES:
            raise _refusal(
                _("Its author certified this PDF as final: nobody may sign it any more.")
            )
        signed = fields.enumerate_sig_fields(writer.prev, filled_status=True)
        return _prepared(writer, entry, reserved, None if any(True for _ in signed) else seal)


def _writer(pdf: bytes) -> IncrementalPdfFileWriter:
    stream = io.BytesIO(pdf)
    reader = PdfFileReader(stream, strict=False, decode_limits=UNPACKED)
    return IncrementalPdfFileWriter(stream, prev=reader, strict=False)


def _prepared(
    writer: IncrementalPdfFileWriter,
    entry: tuple[str, str, datetime],
    reserved: int,
    seal: tuple[list[str], str, int] | None,
) -> Prepared:
    reason, name, at = entry
    earlier = [field for field, _value, _ref in fields.enumerate_sig_fields(writer.prev)]
    field = FIELD if FIELD not in earlier else f"{FIELD}{len(earlier) + 1}"
    spec, style = fields.SigFieldSpec(field), None
    if seal:
        lines, url, page = seal
        box, rotation = place(writer, page)
        style = SealStyle(lines=tuple(lines), url=url, rotation=rotation)
        spec = fields.SigFieldSpec(
            field, on_page=page, box=box, readable_field_name=_("Digital signature")
        )
    meta = signers.PdfSignatureMetadata(
        field_name=field, md_algorithm="sha256", reason=reason, name=name,
        subfilter=fields.SigSeedSubFilter.PADES,
    )  # fmt: skip
    job = _TimedPdfSigner(meta, _without_key(), stamp_style=style, new_field_spec=spec, at=at)
    length = writer.prev.stream.seek(0, io.SEEK_END)
    output = io.BytesIO()
    digest, _document, _output = asyncio.run(
        job.async_digest_doc_for_signing(writer, bytes_reserved=reserved, output=output)
    )
    return Prepared(
        output.getvalue()[length:], digest.reserved_region_start, digest.reserved_region_end
    )


def _without_key() -> signers.Signer:
    mechanism = algos.SignedDigestAlgorithm({"algorithm": "sha256_rsa"})
    return signers.ExternalSigner(None, None, signature_mechanism=mechanism)


class _TimedPdfSigner(signers.PdfSigner):
    """A PdfSigner whose signature says a given time."""

    def __init__(self, *args: Any, at: datetime, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._at = at

    def init_signing_session(self, *args: Any, **kwargs: Any) -> Any:
        session = super().init_signing_session(*args, **kwargs)
        session.system_time = self._at
        return session


def _cannot() -> ValidationError:
    return _refusal(_("This PDF is damaged, or made in a way that cannot be signed here."))


def _refusal(message: str) -> ValidationError:
    return ValidationError(message, code="cannot_sign")
