"""Reminders of certificates that end: who is told, by which link, and what is left out."""

from datetime import date, timedelta
from typing import Any

import pytest
from django.urls import reverse
from django.utils import timezone

from orders.models import CustomerType, Order
from orders.services.ending import due, recipients, visible_to
from portal.accounts.services import erasure
from portal.outbox import delivery
from portal.outbox.mail import opened
from portal.outbox.models import Entry
from portal.reminders.services import daily
from tests.factories import Cast, make_grant
from tests.factories.orders import make_order, make_product

pytestmark = [pytest.mark.django_db, pytest.mark.both]
S = Order.Status


def ending(cast: Cast, *, days: int = 30, **values: Any) -> Order:
    """Ana's certificate, which ends in so many days."""
    values = {"status": S.DELIVERED, "holder": cast.ana, **values}
    return make_order(
        at=timezone.now() - timedelta(days=335), valid_until=timezone.localdate() + timedelta(days),
        **values,
    )  # fmt: skip


def keys() -> set[str]:
    return {item.key for item in due(date(2000, 1, 1), date(2200, 1, 1))}


def test_the_holder_is_mailed_with_the_link_to_the_renewal(cast: Cast):
    order = ending(cast, responsible=cast.bruno)
    renewal = make_product("Renovação e-CPF A1", is_renewal=True)
    make_product("Renovação e-CPF A3", level="a3", medium="token", is_renewal=True)
    daily.remind(at=timezone.now())
    delivery.sweep()
    mails = Entry.objects.filter(kind=Entry.Kind.MAIL)
    assert {entry.recipient for entry in mails} == {cast.ana.email, cast.bruno.email}
    mail = opened(mails[0])
    assert mail is not None
    assert f"{order.product_name} – {order.holder_name} – vence em 30 dias" in mail.text
    assert reverse("orders:new_product", args=[renewal.pk]) in mail.text


def test_without_a_renewal_on_offer_the_link_leads_to_the_product_or_the_catalogue(cast: Cast):
    order = ending(cast)
    (item,) = due(date(2000, 1, 1), date(2200, 1, 1))
    assert item.url == reverse("orders:new_product", args=[order.product_id])
    order.product.is_active = False
    order.product.save()
    (item,) = due(date(2000, 1, 1), date(2200, 1, 1))
    assert item.url == reverse("orders:new")


@pytest.mark.parametrize(
    ("status", "is_reminded"),
    [
        (S.INCOMPLETE, False), (S.AWAITING_PAYMENT, False), (S.ISSUED, False),
        (S.CANCELLED, True), (S.REFUSED, True), (S.REVOKED, True),
    ],
)  # fmt: skip
def test_who_has_ordered_anew_is_told_no_more(cast: Cast, status: str, is_reminded: bool):
    order = ending(cast)
    renewal = make_product("Renovação e-CPF A1", is_renewal=True)
    make_order(status=status, product=renewal, holder=cast.ana)
    assert (str(order.pk) in keys()) == is_reminded


def test_an_order_of_another_holder_company_or_kind_is_none_anew(cast: Cast):
    order = ending(cast)
    make_order(holder=cast.bruno)
    make_order(holder=cast.ana, company_cnpj=cast.company_a.tax_id)
    make_order(holder=cast.ana, product=make_product("e-CNPJ A1", kind="e_cnpj"))
    assert str(order.pk) in keys()


@pytest.mark.parametrize("status", [S.CANCELLED, S.REVOKED, S.EXPIRED, S.APPROVED])
def test_what_is_no_valid_certificate_is_not_watched(cast: Cast, status: str):
    ending(cast, status=status)
    assert not keys()


def test_an_erased_holder_is_told_nothing(cast: Cast):
    order = ending(cast)
    erasure.carry_out(erasure.ask(cast.ana, ""), by=cast.admin, at=timezone.now())
    assert not keys()
    assert recipients([str(order.pk)]) == {str(order.pk): set()}


def test_an_administrator_of_the_company_sees_it_and_staff_and_strangers_do_not(cast: Cast):
    order = ending(cast, company=cast.company_b, customer_type=CustomerType.COMPANY)
    ending(cast, days=400, holder=cast.bruno, responsible=cast.ana)
    make_grant(cast.carla, cast.company_b, level="administer")

    def seen(user: Any) -> list[str]:
        today = timezone.localdate()
        return [item.key for item in visible_to(user, today, today + timedelta(60), None)]

    assert seen(cast.ana) == seen(cast.carla) == [str(order.pk)]
    assert seen(cast.atendente) == seen(cast.agente) == []
    assert list(visible_to(cast.ana, date(2000, 1, 1), date(2200, 1, 1), ["x", "7"])) == []
