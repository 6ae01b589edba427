"""The demonstration's certificate orders: the manual's four to the letter, every state, a file to import."""

from datetime import date
from zoneinfo import ZoneInfo

import pytest
from django.conf import LazySettings
from django.core.files.base import ContentFile
from django.core.management import call_command
from django.utils import timezone

from orders import demo
from orders.demo_orders import PLANS, RENEWAL_A1
from orders.models import Appointment, FiscalNote, Order
from orders.services import deadlines, dossier
from orders.services.stages import stage_of
from portal.batches import services as batches
from portal.demo import services as demo_services
from portal.outbox.models import Entry
from portal.payments.models import BankFile, Charge, Difference
from portal.payments.services import return_files, settlements
from tests.orders.renewing import code_of

pytestmark = [pytest.mark.both, pytest.mark.django_db(transaction=True)]
ZONE = ZoneInfo("America/Sao_Paulo")


def test_the_world_of_the_certificate_orders(settings: LazySettings, tmp_path):
    settings.DEMO = True
    settings.VAR_DIR = tmp_path
    settings.BATCH_MAIL_MINUTES = 5
    world = demo_services._people_and_companies(
        at=timezone.now(), tell=lambda _text: None, ages=(2,), processes=1
    )
    before = Entry.objects.filter(kind=Entry.Kind.MAIL).count()
    demo.load(world)
    _the_manual_s_four_are_ana_s(world.people["ana"])
    statuses = set(Order.objects.values_list("status", flat=True))
    assert statuses == {plan.status for plan in PLANS} >= {"payment", "approved", "expired"}
    assert Order.objects.count() == 46
    _ana_may_confirm_one_renewal_and_have_another_issued(world.people["ana"])
    assert Appointment.objects.count() >= 2
    for order in Order.objects.filter(status=Order.Status.PENDING_DOCUMENTS):
        assert dossier.open_pendencies(order)
    assert set(FiscalNote.objects.values_list("standing", flat=True)) == {"valid", "cancelled"}
    assert FiscalNote.objects.without_order().count() == 1
    assert BankFile.objects.get().status == BankFile.Status.APPLIED
    assert not Difference.objects.exists()
    # Nobody was mailed about the past: only that a note came.
    assert Entry.objects.filter(kind=Entry.Kind.MAIL).count() - before < 10
    # Time leaves the manual's orders as an older system brought them in.
    deadlines.expire(at=timezone.now())
    _the_manual_s_four_are_ana_s(world.people["ana"])
    demo.load(world)
    assert Order.objects.count() == 46
    _a_return_file_leaves_three_differences(world.people["faturista"], tmp_path)


def _ana_may_confirm_one_renewal_and_have_another_issued(ana) -> None:
    renewals = Order.objects.filter(holder=ana, product__name=RENEWAL_A1).order_by("status")
    assert [stage_of(order, at=timezone.now()) for order in renewals] == ["code", "confirm"]
    assert all(code_of(renewals[0]))


def _the_manual_s_four_are_ana_s(ana) -> None:
    def row(order: Order) -> tuple[object, ...]:
        at = f"{order.requested_at.astimezone(ZONE):%d/%m/%Y %H:%M}"
        return (
            order.number, at, order.issued_on, order.valid_until, order.status,
            order.customer_type, order.product_name,
        )  # fmt: skip

    seen = Order.objects.visible_to(ana).exclude(product__name=RENEWAL_A1)
    assert [row(order) for order in seen] == [
        (2758387, "12/01/2012 08:31", None, None, "validation", "person",
         "CPF A1 validade 1 ano /"),
        (2732509, "04/01/2012 14:12", date(2012, 1, 3), date(2013, 1, 2), "delivered",
         "public", "E-CPF A1 validade 1 ano /"),
        (2725470, "03/01/2012 11:32", None, None, "validation", "public",
         "E-CPF A3 VALIDADE 3 ANOS RENOVACAO"),
        (2720983, "02/01/2012 11:29", date(2012, 1, 1), date(2014, 12, 31), "delivered",
         "", "E-CPF A3 VALIDADE 3 ANOS TOKEN /"),
    ]  # fmt: skip


def _a_return_file_leaves_three_differences(by, folder) -> None:
    path = folder / "retorno.ret"
    call_command("demo_return", path, verbosity=0)
    file = ContentFile(path.read_bytes(), name="retorno.ret")
    found, _is_new = return_files.receive(file, name="Retorno", by=by)
    return_files.check_slice(found, by=by)
    found.refresh_from_db()
    batches.start_applying(found, by=by, at=timezone.now())
    settlements.apply_slice(found, by=by)
    kinds = Difference.objects.order_by("kind").values_list("kind", flat=True)
    assert list(kinds) == ["duplicate", "short", "unknown"]
    assert not Charge.objects.filter(status=Charge.Status.OPEN).exists()
