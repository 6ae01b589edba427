"""Everything that proves a power of attorney, in one file that is checked without this portal."""

import io
import zipfile

from django.template.loader import render_to_string
from django.utils import translation

from portal.files.services import open_file
from proxies.powers.models import Power
from proxies.powers.services.paper import evidence_of

README = "LEIA-ME.txt"


def bundle(power: Power, url: str) -> bytes:
    """A zip: the record, the grantor's signature, each step with its seal, the PDF as far as it is
    made, and a text in Portuguese that says how they are checked. ``url``: the public page."""
    written = io.BytesIO()
    with (
        translation.override("pt-br"),
        zipfile.ZipFile(written, "w", zipfile.ZIP_DEFLATED) as archive,
    ):
        files = list(evidence_of(power))
        for file in files:
            archive.writestr(file.name, file.data)
        if power.pdf_key:
            with open_file(power.pdf_key) as pdf:
                archive.writestr("procuracao.pdf", pdf.read())
        context = {"power": power, "files": files, "url": url}
        archive.writestr(README, render_to_string("powers/evidence.txt", context))
    return written.getvalue()
