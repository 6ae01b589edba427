"""Pix text of a slip ("BR Code", EMV), as the bank returned it: read, and its check value proven."""

from dataclasses import dataclass

from django.utils.translation import gettext as _

from portal.payments.banks.digits import SlipDataError

_PIX = "br.gov.bcb.pix"


@dataclass(frozen=True, kw_only=True)
class BrCode:
    """What a BR Code says. ``location`` is the address of a dynamic one, ``key`` of a static one.

    ``cents`` is None where it names no amount: dynamic ones leave it to the address.
    """

    location: str
    key: str
    cents: int | None
    name: str
    city: str
    txid: str


def crc16(data: bytes) -> int:
    """CRC-16/CCITT-FALSE: polynomial 0x1021, start 0xFFFF. ``123456789`` gives 0x29B1."""
    value = 0xFFFF
    for byte in data:
        value ^= byte << 8
        for _bit in range(8):
            value = (value << 1 ^ 0x1021 if value & 0x8000 else value << 1) & 0xFFFF
    return value


def read_br_code(text: str) -> BrCode:
    """Read the text of a Pix. Raises SlipDataError when it is none or was changed on its way."""
    text = text.strip()
    if not text.startswith("000201") or text[-8:-4] != "6304":
        raise SlipDataError(_("This is not the text of a Pix."))
    if f"{crc16(text[:-4].encode()):04X}" != text[-4:].upper():
        raise SlipDataError(_("The text of the Pix was changed: its check value is wrong."))
    fields = _fields(text)
    accounts = [_fields(fields[f"{n:02d}"]) for n in range(26, 52) if f"{n:02d}" in fields]
    account = next((a for a in accounts if a.get("00", "").lower() == _PIX), None)
    if account is None or fields.get("53") != "986":
        raise SlipDataError(_("This is not the text of a Pix."))
    return BrCode(
        location=account.get("25", ""),
        key=account.get("01", ""),
        cents=_cents(fields.get("54", "")),
        name=fields.get("59", ""),
        city=fields.get("60", ""),
        txid=_fields(fields.get("62", "")).get("05", ""),
    )


def _fields(text: str) -> dict[str, str]:
    """Tag 2, length 2, value. Lengths count characters."""
    found: dict[str, str] = {}
    while text:
        tag, length = text[:2], text[2:4]
        if not (tag.isdecimal() and length.isdecimal() and len(text) >= 4 + int(length)):
            raise SlipDataError(_("This is not the text of a Pix."))
        found[tag], text = text[4 : 4 + int(length)], text[4 + int(length) :]
    return found


def _cents(text: str) -> int | None:
    whole, _point, rest = text.partition(".")
    if not text:
        return None
    if not (whole.isdecimal() and (not rest or (rest.isdecimal() and len(rest) <= 2))):
        raise SlipDataError(_("This is not the text of a Pix."))
    return int(whole) * 100 + int(rest.ljust(2, "0"))
