"""Contrast of the provider's accent colour, as WCAG 2.2 defines it."""

import hashlib
from functools import cache

LIGHT_PAGE = "#f5f7f9"
DARK_PAGE = "#1a222b"
_INK = "#0d1821"
_ENOUGH = 4.5


def _channels(colour: str) -> tuple[int, int, int]:
    return int(colour[1:3], 16), int(colour[3:5], 16), int(colour[5:7], 16)


def _luminance(colour: str) -> float:
    def linear(channel: int) -> float:
        c = channel / 255
        return float(c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4)

    red, green, blue = map(linear, _channels(colour))
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    """Contrast ratio of two ``#rrggbb`` colours, 1 to 21 (WCAG 2.2, 1.4.3)."""
    light, dark = sorted((_luminance(one), _luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


def is_readable(accent: str) -> bool:
    """Whether text in this colour on the light page, and white text on it, reach 4.5:1."""
    return contrast(accent, LIGHT_PAGE) >= _ENOUGH


def for_dark_page(accent: str) -> str:
    """The accent mixed with as little white as reads at 7:1 on the dark page."""
    for share in range(0, 101, 5):
        mixed = "#" + "".join(
            f"{round(c + (255 - c) * share / 100):02x}" for c in _channels(accent)
        )
        if contrast(mixed, DARK_PAGE) >= 7:
            return mixed
    return "#ffffff"


@cache
def stylesheet(accent: str) -> str:
    """The accent's custom properties for the light and the dark page."""
    return (
        f":root{{--accent:{accent};--accent-ink:#fff}}"
        f"@media (prefers-color-scheme:dark){{:root{{--accent:{for_dark_page(accent)};--accent-ink:{_INK}}}}}\n"
    )


@cache
def version(accent: str) -> str:
    """What changes whenever the stylesheet does, for its address."""
    return hashlib.sha256(stylesheet(accent).encode()).hexdigest()[:12]
