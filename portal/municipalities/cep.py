"""The address of a CEP, asked from a service that speaks ViaCEP's protocol, where one is set up.

``GET {CEP_LOOKUP_URL}/ws/30160011/json/`` answers an object of texts; ``{"erro": true}`` for a CEP
that nobody has. Never inside a transaction: the answer may take ``SECONDS``.
"""

import json
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings

from portal.accents import letters
from portal.fetching import FetchFailed, HTTPRequest, fetch
from portal.municipalities.models import Municipality
from portal.states import STATES

BUTTON = "buscar_cep"  # name of the button that asks for it
SAID = "cep_said"  # in a form's initial values: what came of it, to be said beside the CEP
SECONDS = 2.0
_MOST_BYTES = 16 * 1024


@dataclass(frozen=True, kw_only=True)
class Address:
    """``street`` with its kind ("Rua da Bahia"). Small towns have one CEP: then it and ``district``
    are empty."""

    street: str
    district: str
    city: str
    state: str


class UnknownCep(Exception):
    """The service knows no such CEP."""


class NoAnswer(Exception):
    """The service is not reached in time, or answers something else."""


def is_offered() -> bool:
    return bool(settings.CEP_LOOKUP_URL)


def find(cep: str) -> Address:
    """The address of eight digits. Raises UnknownCep, NoAnswer."""
    base = settings.CEP_LOOKUP_URL
    try:
        body = fetch(
            f"{base}/ws/{cep}/json/", max_bytes=_MOST_BYTES, seconds=SECONDS,
            private_hosts=[urlsplit(base).netloc], request=HTTPRequest(accept="application/json"),
        )  # fmt: skip
        said = json.loads(body)
    except (FetchFailed, ValueError, RecursionError) as error:
        raise NoAnswer from error
    if not isinstance(said, dict):
        raise NoAnswer
    if said.get("erro") in (True, "true"):
        raise UnknownCep
    return _address(said, cep)


def _address(said: dict[str, Any], cep: str) -> Address:
    """What the answer says, if it is about this CEP and about a municipality that there is."""
    state = _text(said, "uf", 2)
    row = Municipality.objects.filter(state=state, folded=letters(_text(said, "localidade", 60)))
    city = row.values_list("name", flat=True).first()
    if _text(said, "cep", 9).replace("-", "") != cep or state not in STATES or city is None:
        raise NoAnswer
    return Address(
        street=_text(said, "logradouro", 120), district=_text(said, "bairro", 60), city=city,
        state=state,
    )  # fmt: skip


def _text(said: dict[str, Any], name: str, most: int) -> str:
    value = said.get(name)
    text = value if isinstance(value, str) else ""
    return " ".join("".join(c for c in text if c.isprintable()).split())[:most]
