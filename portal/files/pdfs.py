"""What a PDF from elsewhere may not be: damaged, encrypted, active. Runs in the sandbox."""

import io
from typing import Any, BinaryIO

import pikepdf
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _
from pikepdf.settings import set_qpdf_limits

_FORBIDDEN_ACTIONS = {"/JavaScript", "/Launch", "/ImportData"}
_MAX_DEPTH = 200
_MAX_UNPACKED = 128 * 1024**2  # bytes of one stream: 400 KB can hold 400 MB
set_qpdf_limits(
    flate_max_memory=_MAX_UNPACKED, run_length_max_memory=_MAX_UNPACKED,
    png_max_memory=_MAX_UNPACKED, tiff_max_memory=_MAX_UNPACKED, max_stream_filters=4,
)  # fmt: skip


def check(file: BinaryIO) -> None:
    """ValidationError for a PDF that is broken, encrypted or does something when opened.

    Objects are looked at one by one (also those inside compressed object streams, which a byte
    search misses) for JavaScript, actions that start programs, and XFA forms. Embedded files are
    allowed: PDF/A-3 carries the invoice's data that way.
    """
    try:
        with pikepdf.open(file, attempt_recovery=False) as pdf:
            _check_opened(pdf)
    except pikepdf.PasswordError:
        raise _pdf_error(
            _("The PDF is protected by a password. Send it without one."), "encrypted"
        ) from None
    except (pikepdf.PdfError, RecursionError, ValueError, TypeError) as error:
        raise _damaged() from error


def are_sound(contents: list[bytes]) -> list[bool]:
    """Of each PDF whether ``check`` accepts it."""
    return [_is_sound(data) for data in contents]


def _is_sound(data: bytes) -> bool:
    try:
        check(io.BytesIO(data))
    except ValidationError:
        return False
    return True


def _check_opened(pdf: pikepdf.Pdf) -> None:
    if pdf.is_encrypted:
        raise _pdf_error(_("The PDF is protected by a password. Send it without one."), "encrypted")
    if not len(pdf.pages):
        raise _pdf_error(_("The PDF has no pages."), "broken")
    for obj in pdf.objects:
        _check_object(obj)
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
            _check_dictionary(obj)
            children = [obj[key] for key in obj.keys()]  # noqa: SIM118
        else:
            continue
        waiting += [
            (child, depth + 1)
            for child in children
            if isinstance(child, pikepdf.Object) and not child.is_indirect
        ]


def _check_dictionary(obj: Any) -> None:
    keys = set(obj.keys())
    action = str(obj["/S"]) if "/S" in keys and isinstance(obj["/S"], pikepdf.Name) else ""
    if action in _FORBIDDEN_ACTIONS or keys & {"/JS", "/JavaScript"}:
        raise _pdf_error(
            _("The PDF contains scripts or starts programs. Send it without them."), "active"
        )
    if "/XFA" in keys:
        raise _pdf_error(
            _("The PDF is an XFA form. Print it to a plain PDF and send that."), "active"
        )


def _damaged() -> ValidationError:
    return _pdf_error(
        _("The PDF is damaged. Open it, save it again and send the new file."), "broken"
    )


def _pdf_error(message: str, code: str) -> ValidationError:
    return ValidationError(message, code=f"pdf_{code}")
