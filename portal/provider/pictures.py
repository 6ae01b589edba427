"""Which pictures may be a logo. ``kind_of`` runs in the sandbox."""

import io

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _
from PIL import Image

MAX_BYTES = 300_000
_MAX_SIDE = 4000  # pixels
_TYPES = {"PNG": "image/png", "JPEG": "image/jpeg", "WEBP": "image/webp"}


def kind_of(data: bytes) -> str:
    """The media type of a picture, known from its bytes; all of it is unpacked once.

    Raises ValidationError for what is no PNG, JPEG or WebP, damaged, or absurdly large.
    """
    try:
        with Image.open(io.BytesIO(data), formats=tuple(_TYPES)) as image:
            if max(image.size) > _MAX_SIDE:
                raise ValidationError(
                    _("The picture is larger than %(side)s by %(side)s pixels."),
                    code="too_large",
                    params={"side": _MAX_SIDE},
                )
            image.load()
            return _TYPES[image.format or ""]
    except (OSError, SyntaxError, ValueError) as error:
        raise ValidationError(_("This is not a PNG, JPEG or WebP picture."), code="type") from error
