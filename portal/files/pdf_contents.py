"""What a PDF that is published here may hold: an allow-list. Runs in the sandbox.

Actions: go to a place of the same file; open a web address, by a click on a link. Annotations:
links, form fields, notes. Attachments: data that no system runs (PDF/A-3 carries an invoice's XML).
"""

import io
import re
from typing import Any

import pikepdf
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

from portal.files import sniffing

# The kinds of ISO 32000-2, 12.6.4, that may not come anywhere; "Trans" is also a page's look.
_FORBIDDEN_ACTIONS = {
    "/GoToR", "/GoToE", "/GoToDp", "/Launch", "/Thread", "/Sound", "/Movie", "/Hide", "/SubmitForm",
    "/ResetForm", "/ImportData", "/JavaScript", "/SetOCGState", "/Rendition", "/GoTo3DView",
    "/RichMediaExecute",
}  # fmt: skip
_FORBIDDEN_KEYS = {"/JS", "/JavaScript", "/RichMediaContent", "/RichMediaSettings", "/Movie"}
_MOVES = {"/NextPage", "/PrevPage", "/FirstPage", "/LastPage"}
_ANNOTATIONS = {
    "/Link", "/Widget", "/Text", "/FreeText", "/Highlight", "/Underline", "/Squiggly", "/StrikeOut",
    "/Stamp", "/Ink", "/Line", "/Square", "/Circle", "/Polygon", "/PolyLine", "/Caret", "/Popup",
}  # fmt: skip
_ATTACHED = {sniffing.XML, sniffing.TEXT, sniffing.CSV, sniffing.PNG, sniffing.JPEG, sniffing.XLSX}
_ATTACHED_NAMES = re.compile(r".*\.(xml|txt|csv|json|png|jpe?g|xlsx)", re.IGNORECASE | re.DOTALL)
_ADDRESS = re.compile(r"(https?|mailto|tel):", re.IGNORECASE)


def check_dictionary(obj: Any) -> None:
    """ValidationError for a dictionary or stream that acts, shows films or brings programs."""
    keys = set(obj.keys())
    if _name(obj, "/S") in _FORBIDDEN_ACTIONS and not _is_structure(obj):
        raise _active()
    if keys & _FORBIDDEN_KEYS:
        raise _active()
    if "/XFA" in keys:
        raise ValidationError(
            _("The PDF is an XFA form. Print it to a plain PDF and send that."), code="pdf_active"
        )
    if "/AA" in keys or (isinstance(obj, pikepdf.Stream) and "/F" in keys):
        raise _active()  # acts by itself; or its content is another file
    if "/OpenAction" in keys and isinstance(obj["/OpenAction"], pikepdf.Dictionary):
        _check_action(obj["/OpenAction"], {"/GoTo"})
    for key in keys & {"/A", "/PA"}:
        if isinstance(obj[key], pikepdf.Dictionary) and "/S" in obj[key]:
            _check_action(obj[key], {"/GoTo", "/URI", "/Named"})
    if "/Annots" in keys:
        _check_annotations(obj["/Annots"])
    if "/EF" in keys:
        _check_attachment(obj)


def _is_structure(obj: Any) -> bool:
    """An element of the document's structure, whose ``/S`` is the name of a paragraph's kind."""
    return _name(obj, "/Type") == "/StructElem" or {"/P", "/K"} <= set(obj.keys())


def _name(obj: Any, key: str) -> str:
    return str(obj[key]) if key in obj and isinstance(obj[key], pikepdf.Name) else ""


def _check_action(action: Any, allowed: set[str]) -> None:
    kind = _name(action, "/S")
    if kind not in allowed or "/Next" in action:
        raise _active()
    if kind == "/Named" and _name(action, "/N") not in _MOVES:
        raise _active()
    if kind == "/URI" and not _ADDRESS.match(str(action.get("/URI", ""))):
        raise _active()


def _check_annotations(annotations: Any) -> None:
    if not isinstance(annotations, pikepdf.Array):
        return
    for annotation in annotations:
        if isinstance(annotation, pikepdf.Dictionary) and (
            _name(annotation, "/Subtype") not in _ANNOTATIONS
        ):
            raise ValidationError(
                _("The PDF contains films, sounds, files or other things that are not text and pictures. Send it without them."),
                code="pdf_active",
            )  # fmt: skip


def _check_attachment(spec: Any) -> None:
    """Data, by its name and by its bytes."""
    names = [str(spec[key]) for key in ("/F", "/UF") if key in spec]
    files = [spec["/EF"][key] for key in spec["/EF"].keys()]  # noqa: SIM118 - no mapping
    if not all(_ATTACHED_NAMES.fullmatch(name) for name in names) or not all(map(_is_data, files)):
        raise ValidationError(
            _("A file attached to the PDF is not of a kind that is accepted (XML, CSV, text, picture, XLSX)."),
            code="pdf_attachment",
        )  # fmt: skip


def _is_data(file: Any) -> bool:
    if not isinstance(file, pikepdf.Stream):
        return False
    data = file.read_bytes()
    return not data or sniffing.sniff(io.BytesIO(data)) in _ATTACHED


def _active() -> ValidationError:
    return ValidationError(
        _("The PDF contains scripts or actions, or starts programs. Send it without them."),
        code="pdf_active",
    )
