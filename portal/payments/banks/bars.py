"""Bars of a slip: Interleaved 2 of 5, 103 × 13 mm, narrow to wide 1:3, 5 mm of quiet (FEBRABAN)."""

from portal.payments.banks.digits import SlipDataError

MODULES = 405
WIDTH_MM = 103
HEIGHT_MM = 13
QUIET_MM = 5

# Widths of the five bars (or spaces) of each digit, in modules.
_PATTERNS = (
    "11331", "31113", "13113", "33111", "11313", "31311", "13311", "11133", "31131", "13131",
)  # fmt: skip


def bar_rectangles(digits: str) -> list[tuple[int, int]]:
    """``(left, width)`` of each bar, in modules from the first bar. 44 digits take 405 modules.

    Raises SlipDataError when the number of digits is odd.
    """
    if len(digits) % 2 or not digits.isdecimal():
        raise SlipDataError("Interleaved 2 of 5 takes an even number of digits.")
    widths = [1, 1, 1, 1]
    for first, second in zip(digits[::2], digits[1::2], strict=True):
        for bar, space in zip(_PATTERNS[int(first)], _PATTERNS[int(second)], strict=True):
            widths += [int(bar), int(space)]
    widths += [3, 1, 1]
    rectangles, left = [], 0
    for index, width in enumerate(widths):
        if index % 2 == 0:
            rectangles.append((left, width))
        left += width
    return rectangles


def bars_as_path(digits: str) -> str:
    """The bars as data of one SVG path, one unit a module wide and one unit high."""
    return "".join(f"M{left} 0h{width}v1h-{width}z" for left, width in bar_rectangles(digits))
