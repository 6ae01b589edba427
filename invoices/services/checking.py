"""Whether a document's signature holds, asked of the file itself."""

from invoices.models import Document
from portal.files.services import open_file


def check_signature(document: Document) -> object:
    from certificates import verification

    with open_file(document.file_key) as file:
        data = file.read()
    return verification.verify_pdf(data)
