"""What is read of a note and of an event, whichever layout they came in; and values as text."""

import re
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal, InvalidOperation
from zoneinfo import ZoneInfo

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

from portal import taxid

NATIONAL, ABRASF = "national", "abrasf"
# Events of ABRASF have no code: they stand beside the note.
ABRASF_CANCELLED, ABRASF_SUBSTITUTED = "A-CANC", "A-SUBS"
_ZONE = ZoneInfo("America/Sao_Paulo")  # where a layout gives a time without its zone
_MOST_CENTS = 10**13
_NUMBER = r"\d[\d.]{0,11}"
_ORDER = re.compile(
    rf"\bpedidos?\b[\s:.\-#]*(?:n[.ºo°]*\s*)?[\s:#]*({_NUMBER}(?:\s*(?:,|/|\be\b)\s*{_NUMBER})*)",
    re.IGNORECASE,
)


@dataclass(frozen=True, kw_only=True)
class Party:
    """Who provides or takes the service. ``registration``: inscrição municipal."""

    name: str
    tax_id: str
    registration: str = ""


@dataclass(frozen=True, kw_only=True)
class ReadNote:
    """One note. ``identity`` is its own among all notes: the key, or city, provider and number.

    ``orders``: the numbers of orders that its description names. ``rate`` in percent.
    """

    layout: str
    version: str
    identity: str
    key: str
    number: str
    verification_code: str
    city: str
    issued_at: datetime
    competence: date
    provider: Party
    taker: Party
    service: str
    service_code: str
    service_cents: int
    deductions_cents: int
    base_cents: int
    rate: Decimal | None
    iss_cents: int
    iss_withheld: bool
    net_cents: int
    replaces: str
    orders: list[int]
    rps_number: str
    is_test: bool
    xml: bytes


@dataclass(frozen=True, kw_only=True)
class ReadEvent:
    """What happened to a note. ``note`` is the note's identity, ``other`` the substitute's."""

    identity: str
    note: str
    code: str
    at: datetime
    reason: str
    other: str
    xml: bytes


@dataclass(frozen=True, kw_only=True)
class ReadFile:
    """What one file holds, or why it could not be read."""

    notes: list[ReadNote]
    events: list[ReadEvent]
    error: str = ""


def cents_of(text: str, name: str) -> int:
    """``1234.50`` as cents; 0 where nothing is written. Raises ValidationError."""
    if not text:
        return 0
    try:
        cents = Decimal(text) * 100
        if cents != cents.to_integral_value() or not 0 <= cents <= _MOST_CENTS:
            raise InvalidOperation
    except InvalidOperation:
        raise _wrong(name, text) from None
    return int(cents)


def rate_of(text: str, name: str) -> Decimal | None:
    """A rate in percent. ISS lies between 2 and 5 % (LC 116/2003, art. 8-A): what is less than 1
    is written as a fraction, as ABRASF 1.0 does."""
    if not text:
        return None
    try:
        rate = Decimal(text)
        if not 0 <= rate <= 100:
            raise InvalidOperation
    except InvalidOperation:
        raise _wrong(name, text) from None
    return (rate * 100 if rate < 1 else rate).quantize(Decimal("0.0001"))


def instant_of(text: str, name: str) -> datetime:
    """An instant with its zone. Raises ValidationError."""
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        raise _wrong(name, text) from None
    if not 1990 <= found.year <= 2200:
        raise _wrong(name, text)
    return found if found.tzinfo else found.replace(tzinfo=_ZONE)


def day_of(text: str, name: str) -> date:
    """A civil day: ``2026-03-10``, that with a time, or the month ``202603``."""
    if re.fullmatch(r"\d{6}", text):
        text = f"{text[:4]}-{text[4:]}-01"
    try:
        found = date.fromisoformat(text[:10])
    except ValueError:
        raise _wrong(name, text) from None
    if not 1990 <= found.year <= 2200:
        raise _wrong(name, text)
    return found


def tax_id_of(text: str, name: str, *, needed: bool = True) -> str:
    """A CPF or CNPJ with right check digits. Raises ValidationError."""
    value = taxid.normalise(text)
    if not value and not needed:
        return ""
    if not (taxid.is_cpf(value) or taxid.is_cnpj(value)):
        raise _wrong(name, text)
    return value


def needed(text: str, name: str) -> str:
    """The text. Raises ValidationError where there is none."""
    if not text:
        raise ValidationError(
            _("“%(name)s” is missing in this XML."), code="missing", params={"name": name}
        )
    return text


def orders_named(text: str) -> list[int]:
    """The numbers that a description gives to orders ("Pedidos nº 2.758.387 e 2732509"), each once.

    What is no order at all may be among them: only those that exist count.
    """
    lists = _ORDER.findall(text[:20_000])
    found = (int(n.replace(".", "")) for names in lists for n in re.findall(_NUMBER, names))
    return list(dict.fromkeys(number for number in found if 0 < number < 2**31))


def _wrong(name: str, value: str) -> ValidationError:
    return ValidationError(
        _("“%(name)s” is not right in this XML: “%(value)s”."), code="value",
        params={"name": name, "value": value[:40]},
    )  # fmt: skip
