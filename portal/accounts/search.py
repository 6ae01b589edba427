"""What staff look people, companies and units up by; in the administration, and in the search box."""

from collections.abc import Callable, Sequence
from typing import Any

from django.db.models import Q, QuerySet
from django.http import HttpRequest
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from portal import desks
from portal.accounts.models import Company, Unit, User
from portal.accounts.scope import RequestScope
from portal.permissions import may_work
from portal.taxid import format_tax_id, is_cnpj, is_cpf, normalise
from portal.ui.search import SearchCriterion, search


def by_number_or_email(text: str, *, number: str, email: str = "") -> list[SearchCriterion]:
    """What ``text`` means as a whole CPF or CNPJ, with its mask or without, in the field ``number``,
    and as the beginning of an e-mail in the field ``email``."""
    criteria = []
    digits = normalise(text)
    if is_cpf(digits) or is_cnpj(digits):
        criteria.append(SearchCriterion(Q(**{number: digits})))
    if email and " " not in text:
        criteria.append(SearchCriterion(Q(**{f"{email}__startswith": text.lower()})))
    return criteria


def people_criteria(text: str) -> list[SearchCriterion]:
    """Words of the name, a whole CPF, the beginning of an e-mail."""
    found = [SearchCriterion(Q(name__words=text))]
    return [*found, *by_number_or_email(text, number="cpf", email="email")]


def company_criteria(text: str) -> list[SearchCriterion]:
    """Words of the name, a whole CNPJ or CPF, the beginning of an e-mail."""
    found = [SearchCriterion(Q(name__words=text))]
    return [*found, *by_number_or_email(text, number="tax_id", email="email")]


def unit_criteria(text: str) -> list[SearchCriterion]:
    """The beginning of a code, words of the unit's or the company's name, a whole CNPJ."""
    found = [
        SearchCriterion(Q(code__startswith=start)) for start in dict.fromkeys((text, text.upper()))
    ]
    found += [
        SearchCriterion(Q(name__words=text)),
        SearchCriterion(Q(company__name__words=text)),
    ]
    return [*found, *by_number_or_email(text, number="cnpj")]


def _first(rows: QuerySet[Any], criteria: Sequence[SearchCriterion], limit: int) -> Sequence[Any]:
    keys = search(rows, criteria, limit).keys
    by_key = rows.in_bulk(keys)
    return [by_key[key] for key in keys]


def find_people(_scope: RequestScope, text: str, limit: int) -> list[desks.Hit]:
    return [
        desks.Hit(
            title=person.name, text=" · ".join(filter(None, (person.masked_cpf, person.email))),
            url=reverse("admin:accounts_user_change", args=[person.pk]),
        )
        for person in _first(User.objects.all(), people_criteria(text), limit)
    ]  # fmt: skip


def find_companies(_scope: RequestScope, text: str, limit: int) -> list[desks.Hit]:
    return [
        desks.Hit(
            title=company.name, text=format_tax_id(company.tax_id),
            url=reverse("admin:accounts_company_change", args=[company.pk]),
        )
        for company in _first(Company.objects.all(), company_criteria(text), limit)
    ]  # fmt: skip


def find_units(_scope: RequestScope, text: str, limit: int) -> list[desks.Hit]:
    return [
        desks.Hit(
            title=f"{unit.code} – {unit.name}", text=unit.company.name,
            url=reverse("admin:accounts_unit_change", args=[unit.pk]),
        )
        for unit in _first(Unit.objects.select_related("company"), unit_criteria(text), limit)
    ]  # fmt: skip


def _for_staff(
    label: desks.Label,
    icon: str,
    order: int,
    model: str,
    find: Callable[[RequestScope, str, int], list[desks.Hit]],
) -> desks.SearchSource:
    def visible(request: HttpRequest) -> bool:
        return may_work(request, f"accounts.view_{model}")

    def list_url(_scope: RequestScope, text: str) -> str:
        return reverse(f"admin:accounts_{model}_changelist", query={"q": text})

    return desks.SearchSource(
        label=label, icon=icon, order=order, find=find, list_url=list_url, visible=visible
    )


SOURCES = [
    _for_staff(_("People"), "person", 50, "user", find_people),
    _for_staff(_("Companies"), "building", 51, "company", find_companies),
    _for_staff(_("Units"), "house", 52, "unit", find_units),
]
