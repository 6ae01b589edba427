"""What may come in: size, type by content, PDFs without surprises, zips without traps."""

import io
from typing import Any, BinaryIO

import pikepdf
from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.files.base import File
from django.template.defaultfilters import filesizeformat
from django.utils.translation import gettext as _

from portal.files import sniffing
from portal.files.zips import check_zip, open_member

__all__ = ["check_pdf", "check_upload", "check_zip", "open_member"]

_FORBIDDEN_ACTIONS = {"/JavaScript", "/Launch", "/ImportData"}
_MAX_DEPTH = 200


def check_upload(
    file: BinaryIO | File[Any], *, allowed: set[str], max_bytes: int | None = None
) -> str:
    """The content type, found by looking; ValidationError when empty, too large or not allowed.

    ``max_bytes`` is ``settings.UPLOAD_MAX_BYTES`` by default. The file is left at its start.
    """
    limit = settings.UPLOAD_MAX_BYTES if max_bytes is None else max_bytes
    stream: Any = file
    size = stream.seek(0, io.SEEK_END) or stream.tell()
    stream.seek(0)
    if not size:
        raise ValidationError(_("The file is empty."), code="empty")
    if size > limit:
        raise ValidationError(
            _("The file has %(size)s; at most %(limit)s are accepted."), code="too_large",
            params={"size": filesizeformat(size), "limit": filesizeformat(limit)},
        )  # fmt: skip
    found = sniffing.sniff(stream, name=str(getattr(file, "name", "") or ""))
    if found not in allowed and not (found == sniffing.CSV and sniffing.TEXT in allowed):
        names = ", ".join(sorted(sniffing.EXTENSIONS.get(t, t).upper() for t in allowed))
        raise ValidationError(
            _("This kind of file is not accepted here. Accepted: %(types)s."), code="type",
            params={"types": names},
        )  # fmt: skip
    return found


def check_pdf(file: BinaryIO | File[Any]) -> None:
    """ValidationError for a PDF that is broken, encrypted or does something when opened.

    Objects are looked at one by one (also those inside compressed object streams, which a byte
    search misses) for JavaScript, actions that start programs, and XFA forms. Embedded files are
    allowed: PDF/A-3 carries the invoice's data that way. The file is left at its start.
    """
    stream: Any = file
    stream.seek(0)
    try:
        with pikepdf.open(stream, attempt_recovery=False) as pdf:
            _check_opened(pdf)
    except pikepdf.PasswordError:
        raise _pdf_error(
            _("The PDF is protected by a password. Send it without one."), "encrypted"
        ) from None
    except (pikepdf.PdfError, RecursionError, ValueError, TypeError) as error:
        raise _damaged() from error
    finally:
        stream.seek(0)


def _check_opened(pdf: pikepdf.Pdf) -> None:
    if pdf.is_encrypted:
        raise _pdf_error(_("The PDF is protected by a password. Send it without one."), "encrypted")
    if not len(pdf.pages):
        raise _pdf_error(_("The PDF has no pages."), "broken")
    for obj in pdf.objects:
        _check_object(obj)
    # What could not be unpacked (see FilesConfig.ready for the bounds) was not looked at either.
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
