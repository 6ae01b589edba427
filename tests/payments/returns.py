"""Builds return files out of the positions in the banks' manuals; nothing is from a real file."""

from collections.abc import Iterable, Mapping
from datetime import date

Fields = Mapping[tuple[int, int], str]
# Where each bank has its number and what stands there for number 42 (see remessa, P18-62).
NUMBERS_240: dict[str, tuple[int, str]] = {
    "001": (38, "12345670000000042   "), "033": (41, "0000000000426"),
    "104": (40, "14000000000000042"), "237": (38, "0090000000000000042P"),
    "341": (38, "109000000424"), "748": (38, "262000428"), "756": (38, "0000000423"),
}  # fmt: skip
FEE_240 = {"033": (194, 208)}
FACE_240 = {"033": (78, 92)}
REASONS_240 = {"033": (209, 218), "341": (214, 221)}


def line(width: int, fields: Fields) -> str:
    """A line of blanks with values at their places (1-based, inclusive)."""
    text = list(" " * width)
    for (start, end), value in fields.items():
        assert len(value) == end - start + 1, (start, end, value)
        text[start - 1 : end] = value
    return "".join(text)


def cents(amount: int, size: int) -> str:
    return str(amount).zfill(size)


def day(value: date | None, pattern: str = "%d%m%Y") -> str:
    return value.strftime(pattern) if value else "0" * len(date(2026, 1, 1).strftime(pattern))


def header_240(bank: str, **more: str) -> str:
    """Account 1234/56789, agreement 1234567 (123456 at Caixa)."""
    fields = {
        (1, 3): bank, (4, 7): "0000", (8, 8): "0", (18, 18): "2", (53, 57): "01234",
        (143, 143): "2", (144, 151): "20032026", (158, 163): "000007",
    }  # fmt: skip
    extra: dict[str, dict[tuple[int, int], str]] = {
        "001": {(33, 52): "001234567001417019  ", (59, 70): "000000056789"},
        "033": {(17, 18): "2 ", (33, 36): "1234", (38, 46): "000056789", (53, 61): "001234567"},
        "104": {(33, 52): "0" * 20, (59, 65): "1234560"},
        "341": {(33, 52): " " * 20, (59, 70): "000000056789"},
    }
    account = extra.get(bank, {(59, 70): "000000056789"})
    return line(240, {**fields, **account, (192, 211): more.get("use", "").ljust(20)})


def event_240(
    bank: str,
    movement: str,
    *,
    at: int = 1,
    number: str = "",
    paid: int = 0,
    net: int | None = None,
    fee: int = 0,
    face: int = 10_000,
    interest: int = 0,
    occurred: date | None = date(2026, 3, 19),
    credited: date | None = date(2026, 3, 20),
    reasons: str = "",
) -> list[str]:
    """Segments T and U, numbered ``at`` and ``at + 1`` in lot 1."""
    start, sample = NUMBERS_240[bank]
    number = number or sample
    fee_at, face_at = FEE_240.get(bank, (199, 213)), FACE_240.get(bank, (82, 96))
    reasons_at = REASONS_240.get(bank, (214, 223))
    head = {(1, 3): bank, (4, 7): "0001", (8, 8): "3", (16, 17): movement}
    t = {
        **head, (9, 13): cents(at, 5), (14, 14): "T", (start, start + len(number) - 1): number,
        face_at: cents(face, 15), fee_at: cents(fee, 15),
        reasons_at: reasons.ljust(reasons_at[1] - reasons_at[0] + 1),
    }  # fmt: skip
    u = {
        **head, (9, 13): cents(at + 1, 5), (14, 14): "U", (18, 32): cents(interest, 15),
        (78, 92): cents(paid, 15), (93, 107): cents(paid if net is None else net, 15),
        (138, 145): day(occurred), (146, 153): day(credited),
    }  # fmt: skip
    return [line(240, t), line(240, u)]


def file_240(bank: str, events: Iterable[list[str]], **more: str) -> list[str]:
    """Header, one lot with the events, trailers with their counts."""
    inside = [text for event in events for text in event]
    lot = line(240, {(1, 3): bank, (4, 7): "0001", (8, 8): "1", (9, 11): "T01"})
    end = line(
        240, {(1, 3): bank, (4, 7): "0001", (8, 8): "5", (18, 23): cents(len(inside) + 2, 6)}
    )
    last = {(1, 3): bank, (4, 7): "9999", (8, 8): "9", (18, 23): "000001"}
    whole = line(240, {**last, (24, 29): cents(len(inside) + 4, 6)})
    return [header_240(bank, **more), lot, *inside, end, whole]


HEADERS_400: dict[str, dict[tuple[int, int], str]] = {
    "341": {(27, 30): "1234", (33, 37): "56789"},
    "237": {(27, 46): "00000000000001234567"},
    "001": {(27, 30): "1234", (32, 39): "00056789", (150, 156): "1234567"},
    "104": {(27, 30): "1234", (31, 36): "123456"},
}
NUMBERS_400 = {
    "341": ((63, 70), "00000042"), "237": ((71, 82), "00000000042P"),
    "001": ((64, 80), "12345670000000042"), "104": ((57, 73), "14000000000000042"),
}  # fmt: skip
CREDIT_400 = {"001": (176, 181), "104": (294, 299)}
REASONS_400 = {"341": (378, 385), "237": (319, 328), "001": (87, 88), "104": (80, 82)}


def event_400(
    bank: str,
    movement: str,
    *,
    paid: int = 0,
    fee: int = 0,
    face: int = 10_000,
    interest: int = 0,
    occurred: date | None = date(2026, 3, 19),
    credited: date | None = date(2026, 3, 20),
    reasons: str = "",
) -> list[str]:
    """One detail."""
    place, number = NUMBERS_400[bank]
    fee_at = (182, 188) if bank == "001" else (176, 188)
    reasons_at = REASONS_400[bank]
    fields = {
        (1, 1): "7" if bank == "001" else "1", place: number, (109, 110): movement,
        (111, 116): day(occurred, "%d%m%y"), (153, 165): cents(face, 13),
        fee_at: cents(fee, fee_at[1] - fee_at[0] + 1), (254, 266): cents(paid, 13),
        (267, 279): cents(interest, 13), CREDIT_400.get(bank, (296, 301)): day(credited, "%d%m%y"),
        reasons_at: reasons.ljust(reasons_at[1] - reasons_at[0] + 1),
    }  # fmt: skip
    if bank == "237":
        fields |= {(25, 29): "01234", (30, 36): "0056789"}
    return [line(400, fields)]


def file_400(bank: str, events: Iterable[list[str]]) -> list[str]:
    """Header, details, trailer, each with its number at the end."""
    head = {(1, 9): "02RETORNO", (10, 19): "01COBRANCA", (77, 79): bank, (95, 100): "200326"}
    inside = [text for event in events for text in event]
    lines = [line(400, {**head, **HEADERS_400[bank]}), *inside, line(400, {(1, 1): "9"})]
    return [text[:394] + cents(at, 6) for at, text in enumerate(lines, 1)]


def as_bytes(lines: Iterable[str], end: str = "\r\n", encoding: str = "latin-1") -> bytes:
    return "".join(text + end for text in lines).encode(encoding)
