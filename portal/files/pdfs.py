"""What a PDF from elsewhere may not be: damaged, encrypted, active, a bomb. Runs in the sandbox."""

import io
from typing import Any, BinaryIO

import pikepdf
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _
from pikepdf.settings import set_qpdf_limits

from portal.files.pdf_contents import check_dictionary
from portal.files.pdf_weight import Caps, check_weight, too_large_unpacked
from portal.sandbox import answered

_MAX_DEPTH = 200
_MAX_UNPACKED = 32 * 1024**2  # bytes of one stream: 400 KB can hold 400 MB
_MAX_TOGETHER = 128 * 1024**2  # of all streams that are no pictures
_MAX_PIXELS = 200_000_000
set_qpdf_limits(
    flate_max_memory=_MAX_UNPACKED, run_length_max_memory=_MAX_UNPACKED,
    png_max_memory=_MAX_UNPACKED, tiff_max_memory=_MAX_UNPACKED, max_stream_filters=4,
)  # fmt: skip
CAPS = Caps()


def check(file: BinaryIO) -> None:
    """ValidationError for a PDF that is broken, encrypted, a bomb, or does something when opened.

    Objects are looked at one by one (also those inside compressed object streams, which a byte
    search misses), see ``pdf_contents``.
    """
    with answered(_damaged):
        try:
            _check(file.read())
        except pikepdf.PasswordError:
            raise _protected() from None


def are_sound(contents: list[bytes]) -> list[bool]:
    """Of each PDF whether ``check`` accepts it."""
    return [_is_sound(data) for data in contents]


def _is_sound(data: bytes) -> bool:
    try:
        check(io.BytesIO(data))
    except ValidationError:
        return False
    return True


def _check(data: bytes) -> None:
    if not data.startswith(b"%PDF-"):
        if b"%PDF-" in data[:1024]:
            raise _pdf_error(
                _("Something stands before the PDF's beginning. Open it, save it again and send the new file."),
                "header",
            )  # fmt: skip
        raise _damaged()
    check_weight(data, CAPS)
    with pikepdf.open(io.BytesIO(data), attempt_recovery=False) as pdf:
        _check_opened(pdf)


def _check_opened(pdf: pikepdf.Pdf) -> None:
    if pdf.is_encrypted:
        raise _protected()
    if not len(pdf.pages):
        raise _pdf_error(_("The PDF has no pages."), "broken")
    for obj in pdf.objects:
        _check_object(obj)
    _check_unpacked(pdf)
    # What could not be unpacked within the limits above was not looked at either.
    if any("decoding stream" in str(warning) for warning in pdf.get_warnings()):
        raise _damaged()


def _check_object(top: pikepdf.Object) -> None:
    """Walk what stands inside one indirect object; references have their own turn."""
    waiting: list[tuple[Any, int]] = [(top, 0)]
    while waiting:
        obj, depth = waiting.pop()
        if depth > _MAX_DEPTH:
            raise _pdf_error(_("The PDF is nested too deeply."), "broken")
        if isinstance(obj, pikepdf.Array):
            children = list(obj)
        elif isinstance(obj, pikepdf.Dictionary | pikepdf.Stream):
            check_dictionary(obj)
            children = [obj[key] for key in obj.keys()]  # noqa: SIM118
        else:
            continue
        waiting += [
            (child, depth + 1)
            for child in children
            if isinstance(child, pikepdf.Object) and not child.is_indirect
        ]


def _check_unpacked(pdf: pikepdf.Pdf) -> None:
    """What viewers unpack to show the pages: a stream of 200 KB may hold 200 MB."""
    shown = {part.objgen for page in pdf.pages for part in _contents(page)}
    left = _MAX_TOGETHER
    for obj in pdf.objects:
        if not isinstance(obj, pikepdf.Stream):
            continue
        if str(obj.get("/Subtype", "")) == "/Image" and obj.objgen not in shown:
            if int(obj.get("/Width", 0)) * int(obj.get("/Height", 0)) > _MAX_PIXELS:
                raise too_large_unpacked()
            continue
        try:
            left -= len(obj.read_bytes())
        except pikepdf.PdfError as error:
            raise too_large_unpacked() from error
        if left < 0:
            raise too_large_unpacked()


def _contents(page: pikepdf.Page) -> list[Any]:
    contents = page.obj.get("/Contents")
    return [part for part in (contents if isinstance(contents, pikepdf.Array) else [contents]) if part is not None]  # fmt: skip


def _damaged() -> ValidationError:
    return _pdf_error(
        _("The PDF is damaged. Open it, save it again and send the new file."), "broken"
    )


def _protected() -> ValidationError:
    return _pdf_error(_("The PDF is protected by a password. Send it without one."), "encrypted")


def _pdf_error(message: str, code: str) -> ValidationError:
    return ValidationError(message, code=f"pdf_{code}")
