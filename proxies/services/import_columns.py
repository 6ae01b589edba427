"""The columns of a spreadsheet of accesses, and what is wrong between the cells of a row."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

from portal.accounts.models import Company
from portal.sheets import parsers
from portal.sheets.choices import labelled
from portal.sheets.columns import Column, key_of
from portal.states import STATES
from portal.taxid import normalise, validate_tax_id
from proxies.models import Agency, Kind, OfficeClient, Proxy, Sphere

LONGEST = 200  # characters of a secret
_BETWEEN = re.compile(r"[;,|\s]+")


def _state(cell: str) -> str:
    if cell.upper() not in STATES:
        raise ValidationError(_("Write the state by its two letters."))
    return cell.upper()


def _tax_ids(cell: str) -> list[str]:
    """CPF and CNPJ of clients, in their order, each once."""
    found = [normalise(text) for text in _BETWEEN.split(cell) if normalise(text)]
    for number in found:
        try:
            validate_tax_id(number)
        except ValidationError:
            raise ValidationError(
                _("A CPF or CNPJ is not valid. Separate several by a semicolon.")
            ) from None
    return list(dict.fromkeys(found))


def _name(cell: str) -> str:
    return str(parsers.text(120, minimum=1)(" ".join(cell.split())))


COLUMNS = (
    Column("esfera", required=True, parse=labelled(Sphere.choices), width=12),
    Column("estado", parse=_state, default="", aliases=("uf",), width=8),
    Column("municipio", parse=parsers.text(120), default="", width=20),
    Column("orgao", required=True, parse=parsers.text(120, minimum=1), width=28),
    Column("tipo", required=True, parse=labelled(Kind.choices), aliases=("tipo de acesso",), width=18),
    Column("nome", required=True, parse=_name, width=28),
    Column("titular", required=True, parse=parsers.tax_id, aliases=("cnpj", "cpf", "cnpj/cpf"), width=20),
    Column("login", parse=parsers.text(LONGEST), default="", as_text=True, width=20),
    Column("senha", parse=parsers.text(LONGEST), default="", as_text=True, exact=True, width=20),
    Column("codigo", parse=parsers.text(LONGEST), default="", as_text=True,
           aliases=("código de acesso", "codigo_de_acesso"), width=20),
    Column("vence_em", parse=parsers.day(), width=12),
    Column("clientes", parse=_tax_ids, default=(), as_text=True, width=30),
    Column("observacoes", parse=parsers.text(2000), default="", width=30),
)  # fmt: skip
EXAMPLES = (
    ("Estadual", "MT", "", "SEFAZ-MT", "Login", "ACESSO SEFAZ-MT", "11.222.333/0001-81",
     "usuario.exemplo", "troque-esta-senha", "", "", "", ""),
    ("Federal", "", "", "e-CAC (Receita Federal)", "Código de acesso", "CÓDIGO DE ACESSO PF", "529.982.247-25",
     "", "", "000000000000", "31/12/2027", "", "Código de acesso para PF"),
)  # fmt: skip
# Column -> the field of the access that is sealed.
SECRETS = {"login": "login", "senha": "password", "codigo": "code"}
_NEEDED = {Kind.LOGIN: ("login", "senha"), Kind.CODE: ("codigo",)}
_POSSIBLE = {Kind.LOGIN: (), Kind.CODE: ("senha",)}


@dataclass(frozen=True)
class Known:
    """What the portal knows when a spreadsheet is looked at: agencies by the key of their names,
    the office's clients by CPF or CNPJ, its accesses by name."""

    agencies: Mapping[str, Agency]
    clients: Mapping[str, OfficeClient]
    proxies: Mapping[str, Proxy]


def known_at(office: Company, *, on: date) -> Known:
    """Three queries."""
    agencies = Agency.objects.offered().select_related("municipality")
    clients = OfficeClient.objects.filter(office=office).served(on)
    proxies = Proxy.objects.filter(office=office).exclude(status=Proxy.Status.DESTROYED)
    return Known(
        agencies={key_of(agency.name): agency for agency in agencies},
        clients={client.tax_id: client for client in clients},
        proxies={proxy.name: proxy for proxy in proxies},
    )


def values_of(texts: Mapping[str, str]) -> dict[str, Any]:
    """What the cells of a checked row say, without its secrets."""
    plain = (column for column in COLUMNS if column.name not in SECRETS)
    return {column.name: column.value_of(texts.get(column.name, "")) for column in plain}


def contradictions(
    values: Mapping[str, Any], given: list[str], known: Known
) -> Iterator[tuple[str, str]]:
    """What is wrong between the cells of one row: a column and a message each. ``given``: the
    columns of secrets that are filled in."""
    yield from _of_agency(values, known)
    yield from _of_secrets(values.get("tipo"), given)
    missing = [n for n in values.get("clientes", ()) if n not in known.clients]
    if missing:
        yield "clientes", _("Not among the clients of the office: register them there first.")


def _of_agency(values: Mapping[str, Any], known: Known) -> Iterator[tuple[str, str]]:
    if "orgao" not in values:
        return
    agency = known.agencies.get(key_of(values["orgao"]))
    if agency is None:
        yield "orgao", _("There is no such agency in the catalogue.")
        return
    if "esfera" in values and values["esfera"] != agency.sphere:
        yield (
            "esfera",
            _("This agency is of another sphere: %(sphere)s.")
            % {"sphere": agency.get_sphere_display()},
        )
    if values.get("estado") and values["estado"] != agency.state:
        yield "estado", _("This agency is not of this state.")
    place = agency.municipality.name if agency.municipality else ""
    if values.get("municipio") and key_of(values["municipio"]) != key_of(place):
        yield "municipio", _("This agency is not of this municipality.")
    kind = values.get("tipo")
    if kind and kind != Kind.CERTIFICATE and kind not in agency.kinds:
        yield "tipo", _("This agency does not take this type of access.")


def _of_secrets(kind: str | None, given: list[str]) -> Iterator[tuple[str, str]]:
    if kind == Kind.CERTIFICATE:
        yield (
            "tipo",
            _("A certificate cannot come by a spreadsheet: register it with its file, by “New”."),
        )
    elif kind is not None:
        needed, possible = _NEEDED[Kind(kind)], _POSSIBLE[Kind(kind)]
        for column in SECRETS:
            if column in needed and column not in given:
                yield column, _("Fill in this cell.")
            elif column in given and column not in (*needed, *possible):
                yield column, _("This does not go with this type of access: leave it empty.")
