"""Whose an order is: found by a CPF together with an e-mail that was proven, never by a typed CPF.

An order says the CPF and the e-mail of its holder, and of the person responsible for the company.
An account is that person's once its own e-mail, the same one, was proven and its CPF is the same;
or once its CPF was itself proven, by certificate or in person.
"""

from datetime import datetime
from typing import Any

from django.db import transaction
from django.db.models import Q
from django.http import HttpRequest
from django.utils import timezone

from orders.models import Order
from orders.services.life import note_event
from portal.accounts.models import Company, User
from portal.audit.services import record

_PEOPLE = ("holder", "responsible")


def take_up(user: User, *, at: datetime, request: HttpRequest | None = None) -> int:
    """Give this person the orders that are theirs by what they have proven; how many are new.

    Cheap where there is nothing to do: two look-ups by index.
    """
    if user.is_staff or not user.cpf or not (user.email_proof or user.cpf_proof):
        return 0
    found = {role: _theirs(user, role) for role in _PEOPLE}
    if not any(found.values()):
        return 0
    with transaction.atomic():
        return sum(_give(user, role, keys, at, request) for role, keys in found.items())


def take_up_new(user: User, _values: dict[str, Any]) -> None:
    """At the end of a registration: the address was proven by its link."""
    take_up(user, at=timezone.now())


def match_order(order: Order, *, at: datetime) -> None:
    """Give an order that was just registered to the accounts that are its people's."""
    for cpf in {order.holder_cpf, order.responsible_cpf} - {""}:
        for user in User.objects.filter(cpf=cpf, is_active=True, is_staff=False):
            take_up(user, at=at)


def company_in_portal(cnpj: str) -> Company | None:
    """The company with this CNPJ, where staff say that an order is a company's."""
    return Company.objects.filter(tax_id=cnpj).first() if cnpj else None


def named_as(user: User, role: str) -> Q:
    """The orders that name this person as ``holder`` or ``responsible``, by what they have proven."""
    if not user.cpf or not (user.email_proof or user.cpf_proof):
        return Q(pk__in=[])
    named = Q(**{f"{role}_cpf": user.cpf})
    if not user.cpf_proof:
        named &= Q(**{f"{role}_email__iexact": user.email})
    return named


def _theirs(user: User, role: str) -> list[int]:
    found = Order.objects.filter(named_as(user, role), **{f"{role}__isnull": True})
    return list(found.order_by().values_list("pk", flat=True))


def _give(user: User, role: str, keys: list[int], at: datetime, request: HttpRequest | None) -> int:
    """Of two at once the conditional update lets one."""
    given = 0
    for order in Order.objects.filter(pk__in=keys):
        condition = {f"{role}__isnull": True}
        if Order.objects.filter(pk=order.pk, **condition).update(**{role: user}):
            note_event(order, "found", by=user, at=at)
            record(
                "order.found", target=order, company=order.audit_company, actor=user,
                request=request, at=at,
            )  # fmt: skip
            given += 1
    return given
