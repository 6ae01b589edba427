"""Whom a certificate names, by ICP-Brasil's attributes (DOC-ICP-04).

The subjectAltName's otherNames are read, never the CN: few real company certificates carry their
CNPJ there. A number whose check digits are wrong is no identity: it counts as absent.
"""

import contextlib
import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from asn1crypto import core, x509

from certificates.icp.record import Person
from portal.states import STATES
from portal.taxid import is_cnpj, is_cpf, normalise

PERSON, RESPONSIBLE_NAME, COMPANY_CNPJ, RESPONSIBLE, EQUIPMENT_COMPANY = (
    "2.16.76.1.3.1",
    "2.16.76.1.3.2",
    "2.16.76.1.3.3",
    "2.16.76.1.3.4",
    "2.16.76.1.3.8",
)
_BMP, _UNIVERSAL = 30, 28
_MAX_TEXT = 500
# ``SSPSP`` ends with a state; ``SESP`` is a body.
_BODY_AND_STATE = 5
# ``NAME:12345678000195``, as many authorities write the CN.
_NUMBER = re.compile(r"\s*:\s*([0-9]{11}|[0-9A-Z]{12}[0-9]{2}|[0-9./\-]{14,18})$")


def other_names(certificate: x509.Certificate) -> dict[str, str]:
    """The otherNames of the subjectAltName: OID to text.

    The value's tag varies (OCTET STRING, PrintableString, UTF8String): whatever it is, it is
    stripped. An OID that comes twice with two texts says nothing, and is left out.
    """
    found: dict[str, set[str]] = {}
    for general_name in certificate.subject_alt_name_value or []:
        if general_name.name == "other_name":
            other = general_name.chosen
            with contextlib.suppress(ValueError, TypeError):
                oid, text = other["type_id"].dotted, text_of(other["value"].parsed)
                found.setdefault(oid, set()).add(text)
    return {oid: texts.pop() for oid, texts in found.items() if len(texts) == 1}


def text_of(value: Any) -> str:
    """The text of an ASN.1 string of any tag: UTF-8, else Latin-1; BMPString as it is meant.

    Control characters (a database refuses some, a page shows none) become blanks.
    """
    raw: bytes = value.contents or b""
    if value.tag in (_BMP, _UNIVERSAL) and value.class_ == 0:
        text = raw.decode("utf-16-be" if value.tag == _BMP else "utf-32-be", errors="replace")
    else:
        try:
            text = raw.decode("utf-8")
        except UnicodeDecodeError:
            text = raw.decode("latin-1")
    return "".join(c if c.isprintable() else " " for c in text)


def person_of(text: str, name: str) -> Person | None:
    """Who the fixed-width attribute ``.1`` or ``.4`` names; None without a right CPF.

    Birth ddmmaaaa 8, CPF 11, NIS 11, RG 15, then issuing body and UF, of which any may be blank.
    """
    cpf = text[8:19]
    if not is_cpf(cpf):
        return None
    body, state = _issuing_body(text[45:])
    return Person(
        name=name,
        cpf=cpf,
        birth=_birth(text[:8]),
        nis="" if not text[19:30].strip(" 0") else text[19:30].strip(),
        rg=text[30:45].strip().lstrip("0"),
        rg_issuer=body,
        rg_state=state,
    )


def _birth(text: str) -> date | None:
    # strptime alone takes "1 011980" and other scripts' digits.
    if not re.fullmatch("[0-9]{8}", text):
        return None
    with contextlib.suppress(ValueError):
        return datetime.strptime(text, "%d%m%Y").date()  # noqa: DTZ007 - a day, no instant
    return None


def _issuing_body(tail: str) -> tuple[str, str]:
    """``SSPMG``: body and UF. Some fill the field's end with blanks, and the UF stands before."""
    trimmed = tail.rstrip()
    if tail[-2:] not in STATES and len(trimmed) >= _BODY_AND_STATE and trimmed[-2:] in STATES:
        tail = trimmed
    return tail[:-2].strip(" 0"), tail[-2:].strip(" 0")


def cnpj_of(names: dict[str, str]) -> str:
    """The CNPJ of attribute ``.3``, alphanumeric too; empty without a right one."""
    cnpj = normalise(names.get(COMPANY_CNPJ, ""))
    return cnpj if is_cnpj(cnpj) else ""


def holder_name(subject: x509.Name) -> str:
    """The subject's name without the number that many authorities append."""
    return _NUMBER.sub("", common_name(subject)).strip()


def common_name(name: x509.Name) -> str:
    """The (last) CN, else the organisation, else everything."""
    attributes = dict(_attributes(name))
    text = attributes.get("2.5.4.3") or attributes.get("2.5.4.10") or ", ".join(attributes.values())
    return " ".join(text.split())[:_MAX_TEXT]


def subject_email(name: x509.Name) -> str:
    return dict(_attributes(name)).get("1.2.840.113549.1.9.1", "").strip()


def organisations(name: x509.Name) -> list[str]:
    return [text for oid, text in _attributes(name) if oid == "2.5.4.10"]


def _attributes(name: x509.Name) -> Iterator[tuple[str, str]]:
    """OID and text of each attribute, in order, whatever the encoding of the text."""
    for relative in name.chosen:
        for attribute in relative:
            value: core.Asn1Value = attribute["value"]
            value = getattr(value, "chosen", value)
            yield attribute["type"].dotted, text_of(getattr(value, "parsed", value))


@dataclass(frozen=True)
class Holder:
    """``tax_id`` is a CNPJ, a CPF or empty, without mask."""

    name: str
    tax_id: str


def holder_of(certificate: x509.Certificate) -> Holder:
    """Name and tax number of a signer, of whom nothing else is asked."""
    names = other_names(certificate)
    person = person_of(names.get(PERSON, ""), "")
    tax_id = cnpj_of(names) or (person.cpf if person else "")
    return Holder(holder_name(certificate.subject), tax_id)
