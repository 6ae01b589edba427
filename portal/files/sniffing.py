"""What a file is, by its first bytes; its name and what a browser claims are not believed.

Why no library does it: docs/decisions/written-although-a-library-exists.md.
"""

from typing import BinaryIO

from portal.files.zips import directory_of

PDF = "application/pdf"
ZIP = "application/zip"
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
DOCX = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
ODS = "application/vnd.oasis.opendocument.spreadsheet"
XLS = "application/vnd.ms-excel"
XML = "application/xml"
PNG, JPEG, GIF, WEBP = "image/png", "image/jpeg", "image/gif", "image/webp"
PKCS12 = "application/x-pkcs12"
PKCS7 = "application/pkcs7-signature"
PEM = "application/x-pem-file"
CSV, TEXT = "text/csv", "text/plain"
UNKNOWN = "application/octet-stream"

EXTENSIONS = {
    PDF: "pdf", ZIP: "zip", XLSX: "xlsx", DOCX: "docx", ODS: "ods", XLS: "xls", XML: "xml",
    PNG: "png", JPEG: "jpg", GIF: "gif", WEBP: "webp", PKCS12: "pfx", PKCS7: "p7s", PEM: "pem",
    CSV: "csv", TEXT: "txt", UNKNOWN: "bin",
}  # fmt: skip

_HEAD_BYTES = 8192
_DIRECTORY_BYTES = 1024**2  # an office document's is smaller
_OFFICE_PARTS = ((b"xl/workbook.xml", XLSX), (b"word/document.xml", DOCX))
_MAGIC = (
    (b"\x89PNG\r\n\x1a\n", PNG), (b"\xff\xd8\xff", JPEG), (b"GIF87a", GIF), (b"GIF89a", GIF),
    (b"-----BEGIN ", PEM), (b"\xef\xbb\xbf<?xml", XML), (b"<?xml", XML),
)  # fmt: skip
_OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_PKCS7_OID = bytes.fromhex("06092a864886f70d0107")
_ALLOWED_CONTROLS = {0x09, 0x0A, 0x0C, 0x0D, 0x1A}


def sniff(file: BinaryIO, *, name: str = "") -> str:
    """The content type of a seekable file, which is left at its start.

    The name only tells CSV from other text. What is not recognised is UNKNOWN.
    """
    file.seek(0)
    head = file.read(_HEAD_BYTES)
    found = _from_head(head, name)
    if found == ZIP:
        found = _inside_zip(file, head)
    file.seek(0)
    return found


def _from_head(head: bytes, name: str) -> str:
    for magic, found in _MAGIC:
        if head.startswith(magic):
            return found
    if head[:4] == b"RIFF" and head[8:12] == b"WEBP":
        return WEBP
    if b"%PDF-" in head[:1024]:
        return PDF
    if head[:4] in {b"PK\x03\x04", b"PK\x05\x06"}:
        return ZIP
    if head.startswith(_OLE):
        return XLS if name.lower().endswith(".xls") else UNKNOWN
    return _der(head) or _text(head, name) or UNKNOWN


def _der(head: bytes) -> str:
    """PKCS#12 (a SEQUENCE that starts with INTEGER 3) or PKCS#7 (that starts with its OID)."""
    if len(head) < 16 or head[0] != 0x30:
        return ""
    length = head[1]
    start = 2 + (length & 0x7F) if length & 0x80 else 2
    if head[start : start + 3] == b"\x02\x01\x03":
        return PKCS12
    return PKCS7 if head[start : start + len(_PKCS7_OID)] == _PKCS7_OID else ""


def _text(head: bytes, name: str) -> str:
    """Text has no control characters and is UTF-8 or Windows-1252."""
    if not head or any(byte < 0x20 and byte not in _ALLOWED_CONTROLS for byte in set(head)):
        return ""
    for encoding in ("utf-8", "cp1252"):
        try:
            head.decode(encoding)
        except UnicodeDecodeError as error:
            # A character cut by the end of what was read is not an error of the file.
            if encoding == "utf-8" and error.start >= len(head) - 3 and len(head) == _HEAD_BYTES:
                break
            continue
        break
    else:
        return ""
    return CSV if name.lower().endswith(".csv") else TEXT


def _inside_zip(file: BinaryIO, head: bytes) -> str:
    """Office documents are zips that name certain parts; the names are looked for, not parsed.

    OpenDocument begins with its type, not compressed (ODF 1.2, part 3, 3.3).
    """
    if head[30:].startswith(b"mimetype" + ODS.encode()):
        return ODS
    names = directory_of(file, _DIRECTORY_BYTES)
    if b"[Content_Types].xml" not in names:
        return ZIP
    return next((found for part, found in _OFFICE_PARTS if part in names), ZIP)
