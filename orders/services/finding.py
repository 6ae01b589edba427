"""What is typed to find orders: a number, CPF, CNPJ, e-mail, or words of a name. Each meaning is
sought by an index of its own."""

from typing import Any

from django.db.models import Q, QuerySet

from orders.models import Order
from portal.taxid import is_cnpj, is_cpf, normalise
from portal.ui.search import MOST, SearchCriterion, search

NEWEST = ("-requested_at", "-pk")
_LARGEST = 2**31 - 1  # of a number


def found_in(orders: QuerySet[Order], text: str) -> QuerySet[Order]:
    """Those of ``orders`` that the text means; of a common name the first few hundred."""
    keys = search(orders.order_by(), criteria(text), MOST).keys
    return orders.filter(pk__in=keys)


def criteria(text: str) -> list[SearchCriterion]:
    """The meanings of a text, the surest first."""
    text = " ".join(text.split())
    if "@" in text:
        return [_is("holder_email", text.lower()), _is("responsible_email", text.lower())]
    number = normalise(text)
    found = []
    if text.isascii() and text.isdigit() and int(text) <= _LARGEST:
        found.append(_is("number", int(text)))
    if is_cpf(number):
        found += [_is("holder_cpf", number), _is("responsible_cpf", number)]
    if is_cnpj(number):
        found.append(_is("company_cnpj", number))
    if is_cpf(number) or is_cnpj(number):
        found.append(_is("payer__tax_id", number))
    if not found or not number.isdigit():
        found += [
            SearchCriterion(Q(holder_name__words=text)),
            SearchCriterion(Q(company_name__words=text)),
        ]
    return found


def _is(field: str, value: Any) -> SearchCriterion:
    return SearchCriterion(Q(**{field: value}))
