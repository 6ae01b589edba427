"""What is typed to find documents, in the administration and in the search box of the portal."""

from collections.abc import Sequence
from functools import partial

from django.core.exceptions import ValidationError
from django.db.models import Q

from invoices.models import Document
from invoices.services.listing import ORDER, ROW_FIELDS, Scope, UnitChoice
from portal.accounts.models import Company, Unit
from portal.money import parse_cents
from portal.public_codes import CODE_ALPHABET
from portal.search.fold import words
from portal.ui.search import PrefixOrder, SearchCriterion, each_word, search

# Everything of a client is read to show the newest: so many clients of the same name at most.
CLIENTS = 10
FIELDS = (*ROW_FIELDS[:-2], "unit__company__name")


def criteria(
    text: str, *, newest: tuple[str, ...] = ORDER, units: Sequence[UnitChoice] | None = None
) -> list[SearchCriterion]:
    """Number or unit's code (or its beginning), words of the client's name, verification code,
    SHA-256; several words narrow down.

    ``newest``: of a unit or a client the newest first. ``units`` are a client's own; None looks
    for units and clients among all.
    """
    return each_word(text, partial(_meanings, newest=newest, units=units))


def amount_criteria(text: str) -> list[SearchCriterion]:
    """An amount, if it is written as one: ``1.234,56`` or ``R$ 10``, not ``10``, a number."""
    if "," not in text and "R$" not in text.upper():
        return []
    try:
        return [SearchCriterion(Q(amount_cents=parse_cents(text)), ORDER)]
    except ValidationError:
        return []


def find(scope: Scope, text: str, limit: int) -> list[Document]:
    """The first documents of ``scope`` that the text means, as named tuples of ``FIELDS``."""
    documents = scope.documents()
    meant = [*amount_criteria(text), *criteria(text, units=scope.units)]
    keys = search(documents, meant, limit).keys
    rows = documents.filter(pk__in=keys).values_list(*FIELDS, named=True)
    by_key = {row.pk: row for row in rows}
    return [by_key[key] for key in keys]


def _meanings(
    text: str, *, newest: tuple[str, ...], units: Sequence[UnitChoice] | None
) -> list[SearchCriterion]:
    code = text.upper().replace("-", "")
    if len(text) == 64:
        return [SearchCriterion(Q(sha256=text.lower()))]
    order = (PrefixOrder("number"),) if units is None else newest
    found = [SearchCriterion(Q(number__startswith=text), order)]
    if len(code) == 16 and set(code) <= set(CODE_ALPHABET):
        found.append(SearchCriterion(Q(verification_code=code)))
    if units is not None:
        return [*found, *_among(units, text, newest)]
    return [*found, *_of_units(text, newest), *_of_clients(text, newest)]


def _of_units(text: str, newest: tuple[str, ...]) -> list[SearchCriterion]:
    """Of the units whose code begins so."""
    return [
        SearchCriterion(Q(unit__code__startswith=start), (PrefixOrder("unit__code"), *newest))
        for start in dict.fromkeys((text, text.upper()))
        if Unit.objects.filter(code__startswith=start).exists()
    ]


def _of_clients(text: str, newest: tuple[str, ...]) -> list[SearchCriterion]:
    """Of the clients whose name has these words."""
    named = Company.objects.filter(name__words=text).order_by()
    clients = [*named.values_list("pk", flat=True)[: CLIENTS + 1]]
    if not clients:
        return []
    where, cut = Q(unit__company__in=clients[:CLIENTS]), len(clients) > CLIENTS
    return [SearchCriterion(where, newest, cut, within=Q(unit__company__name__words=text))]


def _among(
    units: Sequence[UnitChoice], text: str, newest: tuple[str, ...]
) -> list[SearchCriterion]:
    """Of those of ``units`` whose code begins so, or whose name or client's name has the words."""
    asked = set(words(text))
    keys = [
        unit.pk
        for unit in units
        if unit.code.upper().startswith(text.upper())
        or asked <= {*words(unit.name), *words(unit.company)}
    ]
    return [SearchCriterion(Q(unit__in=keys), newest)] if asked and keys else []
