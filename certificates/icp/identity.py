"""Who a certificate names, by ICP-Brasil's attributes (DOC-ICP-04).

The subjectAltName's otherNames are read, never the CN: few real company certificates carry their
CNPJ there.
"""

import contextlib
from dataclasses import dataclass

from asn1crypto import core, x509

PERSON, RESPONSIBLE_NAME, COMPANY_CNPJ, RESPONSIBLE = (
    "2.16.76.1.3.1",
    "2.16.76.1.3.2",
    "2.16.76.1.3.3",
    "2.16.76.1.3.4",
)


@dataclass(frozen=True)
class Holder:
    """``tax_id`` is a CNPJ, a CPF or empty, without mask."""

    name: str
    tax_id: str


def other_names(certificate: x509.Certificate) -> dict[str, str]:
    """The otherNames of the subjectAltName: OID to text.

    The value's tag varies (OCTET STRING, PrintableString, UTF8String): whatever it is, it is
    stripped; the text is UTF-8, else Latin-1.
    """
    names: dict[str, str] = {}
    for general_name in certificate.subject_alt_name_value or []:
        if general_name.name != "other_name":
            continue
        other = general_name.chosen
        with contextlib.suppress(ValueError, TypeError):
            names[other["type_id"].dotted] = _text(other["value"])
    return names


def _text(value: core.Any) -> str:
    raw: bytes = value.parsed.contents or b""
    try:
        return raw.decode("utf-8")
    except UnicodeDecodeError:
        return raw.decode("latin-1")


def holder_of(certificate: x509.Certificate) -> Holder:
    """Name and tax number of the certificate's holder.

    The name is the CN without the number that many authorities append (``NAME:12345678000195``).
    """
    names = other_names(certificate)
    tax_id = names.get(COMPANY_CNPJ, "")[:14].strip()
    if not tax_id and PERSON in names:
        tax_id = names[PERSON][8:19].strip()
    return Holder(common_name(certificate.subject).split(":")[0].strip(), tax_id)


def common_name(name: x509.Name) -> str:
    """The (last) CN, else the organisation, else everything."""
    native = name.native
    value = native.get("common_name") or native.get("organization_name") or name.human_friendly
    return str(value[-1] if isinstance(value, list) else value)
