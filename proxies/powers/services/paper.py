"""A power of attorney on paper: PDF/A-3 of the same data as the record, with all evidence attached."""

import hashlib
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Any, NamedTuple

import pydyf
import weasyprint
from django.conf import settings
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import translation
from django.utils.translation import gettext as _

from certificates.signatures.stamp import RESERVED_STRIP
from portal.press import FETCHER, print_html, undisturbed
from portal.provider.services import current_provider
from proxies.powers.models import Power, PowerStep
from proxies.powers.services.text import text_of

_CSS = Path(settings.BASE_DIR) / "templates" / "powers" / "pdf.css"


class Evidence(NamedTuple):
    """One file that proves something about a power."""

    name: str
    data: bytes
    about: str


def evidence_of(power: Power) -> Iterator[Evidence]:
    """The record, the grantor's signature, and each step with its seal as far as it is made."""
    yield Evidence("procuracao.json", bytes(power.record), _("The power of attorney, as granted"))
    if power.signature:
        text = _("Signature of the grantor over procuracao.json")
        yield Evidence("procuracao.json.p7s", bytes(power.signature), text)
    for number, step in enumerate(power.steps.order_by("at", "pk"), start=1):
        name = f"{number:02d}-{PowerStep.Kind(step.kind).name.lower()}.json"
        yield Evidence(name, bytes(step.record), str(step))
        if step.seal:
            text = _("Seal of the provider over %(name)s") % {"name": name}
            yield Evidence(f"{name}.p7s", bytes(step.seal), text)


def render(power: Power, *, at: datetime) -> bytes:
    """The PDF, unsigned. The foot of its last page is kept free for the signature's stamp."""
    with translation.override("pt-br"):
        html = render_to_string("powers/pdf.html", context_of(power, at=at))
        attachments = [
            weasyprint.Attachment(
                string=file.data, name=file.name, description=file.about,
                created=at, modified=at, relationship="Source", url_fetcher=FETCHER,
            )
            for file in evidence_of(power)
        ]  # fmt: skip
    with undisturbed():
        return print_html(
            html, sheet=_CSS, fonts=settings.PRINT_FONTS, accent=current_provider().accent_colour,
            finisher=_reserve_strip, pdf_variant="pdf/a-3b", attachments=attachments,
            pdf_identifier=hashlib.sha256(html.encode()).digest()[:16],
        )  # fmt: skip


def context_of(power: Power, *, at: datetime) -> dict[str, Any]:
    """What the page shows: ``record`` is what the signed record says, and nothing else is believed."""
    return {
        "power": power, "record": text_of(power), "provider": current_provider(),
        "steps": list(power.steps.order_by("at", "pk")), "created": at.isoformat(timespec="seconds"),
        "title": _("Electronic power of attorney %(code)s") % {"code": power.shown_code},
        "verify_url": settings.BASE_URL + reverse("powers:verify_code", args=[power.code]),
    }  # fmt: skip


def _reserve_strip(_document: weasyprint.Document, pdf: pydyf.PDF) -> None:
    """Say in the catalogue that the stamp finds room on the last page."""
    piece = pydyf.Dictionary({"LastModified": pydyf.String("D:20260101000000Z")})
    pdf.catalog["PieceInfo"] = pydyf.Dictionary({RESERVED_STRIP.lstrip("/"): piece})
