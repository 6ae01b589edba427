"""The life of an order: what staff, clients, payments and time do with it."""

from datetime import timedelta

import pytest
from django.db import IntegrityError, transaction
from django.utils import timezone

from orders.models import Order, OrderDocument, Product
from orders.services import acts, deadlines, dossier, payment
from orders.services.dossier import NewDocument
from orders.services.life import NotPossible
from portal.files.services import store
from portal.hooks import ChargeChanged, tell
from portal.outbox.models import Entry
from portal.payments.models import Charge, Payer, Slip
from portal.payments.services.refunds import give_back
from portal.transitions import IllegalTransition
from tests.factories import Cast, a_cpf, make_user, next_number
from tests.factories.orders import make_order, make_product
from tests.factories.payments import make_agreement

pytestmark = [pytest.mark.django_db, pytest.mark.both]
S = Order.Status


def mails(subject: str) -> int:
    return Entry.objects.filter(kind=Entry.Kind.MAIL, name__contains=subject).count()


def make_charge(order: Order, **values) -> Charge:
    """One that is open, with a slip; the order is the one that waits for it."""
    now = timezone.now()
    agreement = make_agreement()
    payer = Payer.objects.create(name="Carlos Dias", tax_id=a_cpf(), email="paga@exemplo.com.br")
    charge = Charge.objects.create(
        about=order.about, description="e-CPF", payer=payer, agreement=agreement,
        amount_cents=15_000, due_on=timezone.localdate(), created_at=now, **values,
    )  # fmt: skip
    Slip.objects.create(
        charge=charge, agreement=agreement, payer=payer, our_number=next_number(),
        number_text="1", document_number="1", amount_cents=15_000, due_on=charge.due_on,
        issued_at=now, barcode=f"{next_number():044d}", line="0" * 47,
    )  # fmt: skip
    order.charge, order.payer = charge, payer
    order.save()
    return charge


def settle(charge: Charge, status: str = Charge.Status.SETTLED, cents: int = 15_000) -> None:
    Charge.objects.filter(pk=charge.pk).update(
        status=status, settled_cents=cents, settled_at=timezone.now()
    )
    tell(ChargeChanged(about=charge.about, charge_pk=charge.pk, what=str(status), cents=cents))


def now_of(order: Order) -> Order:
    return Order.objects.get(pk=order.pk)


def test_an_order_goes_from_validation_to_delivery_and_leaves_its_history(cast: Cast):
    order, other, at = (
        make_order(),
        make_user("Otto Outro", group="Agente de registro"),
        timezone.now(),
    )
    acts.validate(order, by=cast.agente, at=at, note="RG conferido")
    acts.verify(order, by=other, at=at)
    acts.start_issuing(order, by=other, at=at)
    acts.failed(order, by=other, at=at, note="A AC não respondeu")
    acts.issued(
        order, serial="0A1B", issued_on=at.date(), valid_until=at.date() + timedelta(days=365),
        by=other, at=at,
    )  # fmt: skip
    acts.deliver(order, by=other, at=at)
    kinds = list(order.events.values_list("kind", flat=True))
    assert kinds == ["verification", "approved", "issuing", "approved", "issued", "delivered"]
    assert now_of(order).validated_by == cast.agente
    assert mails("Emitido") == 1


def test_who_validated_does_not_verify(cast: Cast):
    order, at = make_order(), timezone.now()
    acts.validate(order, by=cast.agente, at=at)
    with pytest.raises(acts.SamePerson):
        acts.verify(order, by=cast.agente, at=at)
    assert now_of(order).status == S.AWAITING_VERIFICATION
    for values in ({"verified_by": cast.agente}, {"verified_by": cast.admin, "validated_by": None}):
        with pytest.raises(IntegrityError), transaction.atomic():
            Order.objects.filter(pk=order.pk).update(**values)


def test_what_nobody_validated_here_is_returned_and_not_verified(cast: Cast):
    order, at = make_order(status=S.AWAITING_VERIFICATION), timezone.now()
    with pytest.raises(NotPossible, match="devolva-o para validação") as refused:
        acts.verify(order, by=cast.agente, at=at)
    assert not isinstance(refused.value, acts.SamePerson)
    acts.send_back(order, by=cast.agente, at=at, note="Validar aqui")
    assert now_of(order).status == S.AWAITING_VALIDATION


def test_refused_by_the_public_body_it_waits_for_its_authorisation_again(cast: Cast):
    at = timezone.now()
    order = make_order(
        status=S.AWAITING_AUTHORIZATION, customer_type="public", by_agreement=True
    )  # fmt: skip
    acts.refuse(order, by=cast.agente, at=at, note="O órgão não autorizou")
    acts.reopen(order, by=cast.admin, at=at, note="Autorizou depois")
    assert now_of(order).status == S.AWAITING_AUTHORIZATION
    acts.authorize(order, by=cast.admin, at=at)
    Order.objects.filter(pk=order.pk).update(status=S.AWAITING_VALIDATION)
    acts.refuse(order, by=cast.agente, at=at, note="Documento ilegível")
    acts.reopen(order, by=cast.admin, at=at, note="Trouxe outro")
    assert now_of(order).status == S.AWAITING_VALIDATION


def test_returned_to_validation_whoever_validates_it_now_counts(cast: Cast):
    order, at = make_order(), timezone.now()
    acts.validate(order, by=cast.agente, at=at)
    acts.send_back(order, by=cast.admin, at=at, note="Falta a assinatura do termo")
    acts.validate(order, by=cast.admin, at=at)
    acts.verify(order, by=cast.agente, at=at)
    assert now_of(order).status == S.APPROVED


def test_a_pendency_goes_to_the_client_and_its_answer_brings_the_order_back(cast: Cast):
    order, at = make_order(), timezone.now()
    first = acts.pend(order, "Envie o RG", by=cast.agente, at=at)
    second = acts.pend(order, "Envie o comprovante", by=cast.agente, at=at + timedelta(seconds=1))
    assert (order.status, mails("Pendente")) == (S.PENDING_DOCUMENTS, 2)
    file = NewDocument(kind="RG", name="rg.pdf", stored=a_file(), pendency=first)
    assert not dossier.answer(first, "", by=None, at=at, documents=[file])
    assert dossier.answer(second, "Moro com meus pais.", by=None, at=at)
    assert now_of(order).status == S.AWAITING_VALIDATION
    assert order.documents.get().pendency == first
    with pytest.raises(NotPossible):
        dossier.answer(second, "De novo", by=None, at=at)


def a_file(content: bytes = b"%PDF-1.4 rg"):
    return store(content, prefix="orders", name="rg.txt")


def test_the_same_file_is_in_a_dossier_once_and_an_ended_one_takes_none(cast: Cast):
    order, at = make_order(), timezone.now()
    dossier.add_document(
        order, NewDocument(kind="RG", name="a.pdf", stored=a_file()), by=None, at=at
    )
    again = NewDocument(kind="CNH", name="b.pdf", stored=a_file())
    other = NewDocument(kind="CNH", name="c.pdf", stored=a_file(b"outro"))
    with pytest.raises(dossier.AlreadyThere):
        dossier.add_document(order, again, by=None, at=at)
    acts.refuse(order, by=cast.agente, at=at, note="Documento falso")
    with pytest.raises(NotPossible):
        dossier.add_document(order, other, by=None, at=at)


def test_cancelled_its_slip_is_withdrawn_and_reopened_it_begins_anew(cast: Cast):
    order, at = make_order(status=S.AWAITING_PAYMENT), timezone.now()
    charge = make_charge(order)
    acts.cancel(order, by=cast.admin, at=at, note="Desistiu")
    charge.refresh_from_db()
    assert charge.status == Charge.Status.WITHDRAWN
    assert set(charge.slips.values_list("status", flat=True)) == {"withdrawn"}
    assert not now_of(order).money_waits
    acts.reopen(order, by=cast.admin, at=at, note="Quer de novo")
    assert now_of(order).status == S.INCOMPLETE


def test_paid_after_the_end_it_waits_for_somebody_who_reopens_it(cast: Cast):
    order, at = make_order(status=S.AWAITING_PAYMENT), timezone.now()
    charge = make_charge(order)
    acts.cancel(order, by=cast.admin, at=at, note="Desistiu")
    settle(charge, Charge.Status.WITHDRAWN)
    settle(charge, Charge.Status.WITHDRAWN)
    found = now_of(order)
    assert (found.status, found.money_waits) == (S.CANCELLED, True)
    assert list(order.events.values_list("kind", flat=True)) == ["cancelled", "money"]
    acts.reopen(found, by=cast.admin, at=at, note="Pagou depois")
    assert (found.status, found.money_waits) == (S.AWAITING_APPOINTMENT, False)


def test_money_is_given_back_once_and_closes_the_way_back(cast: Cast):
    order, at = make_order(status=S.AWAITING_APPOINTMENT, paid_at=timezone.now()), timezone.now()
    acts.cancel(order, by=cast.admin, at=at, note="Desistiu")
    assert order.money_waits
    acts.refund(order, how="PIX ao pagador em 20/11", by=cast.admin, at=at)
    with pytest.raises(NotPossible):
        acts.refund(order, how="De novo", by=cast.admin, at=at)
    with pytest.raises(NotPossible):
        acts.reopen(order, by=cast.admin, at=at, note="Engano")
    assert mails("devolvido") == 1


def test_money_that_an_order_gives_back_is_not_given_back_with_its_charge_again(cast: Cast):
    order, at = make_order(status=S.AWAITING_PAYMENT), timezone.now()
    charge = make_charge(order)
    settle(charge)
    order = now_of(order)
    acts.cancel(order, by=cast.admin, at=at, note="Desistiu")
    acts.refund(order, how="PIX", by=cast.admin, at=at)
    charge.refresh_from_db()
    assert (charge.status, charge.kept_cents) == (Charge.Status.WITHDRAWN, 0)
    assert charge.events.filter(kind="refunded", note__contains="PIX").count() == 1
    assert mails("devolvido") == 2  # the holder and the payer


def test_money_that_is_given_back_with_the_charge_waits_no_more_with_its_order(cast: Cast):
    order, at = make_order(status=S.AWAITING_PAYMENT), timezone.now()
    charge = make_charge(order)
    acts.cancel(order, by=cast.admin, at=at, note="Desistiu")
    settle(charge, Charge.Status.WITHDRAWN)
    assert now_of(order).money_waits
    charge.refresh_from_db()
    give_back(charge, cents=15_000, how="TED", by=cast.faturista, at=at)
    found = now_of(order)
    assert (found.money_waits, found.refunded_by) == (False, cast.faturista)
    assert "TED" in found.refund_note
    with pytest.raises(NotPossible):
        acts.refund(found, how="De novo", by=cast.admin, at=at)


@pytest.mark.parametrize("is_renewal", [False, True])
def test_settled_it_goes_on_and_told_twice_it_goes_once(is_renewal):
    product = make_product(f"e-CPF {is_renewal}", is_renewal=is_renewal)
    order = make_order(status=S.AWAITING_PAYMENT, product=product)
    charge = make_charge(order)
    settle(charge)
    settle(charge)
    found = now_of(order)
    expected = S.AWAITING_VALIDATION if is_renewal else S.AWAITING_APPOINTMENT
    assert (found.status, found.paid_at is not None) == (expected, True)
    assert order.events.count() == 1


def test_a_part_is_looked_at_and_an_undone_file_takes_the_payment_back():
    order = make_order(status=S.AWAITING_PAYMENT)
    charge = make_charge(order)
    settle(charge, Charge.Status.PARTLY, 5_000)
    assert now_of(order).status == S.PAYMENT_REVIEW
    settle(charge)
    assert now_of(order).status == S.AWAITING_APPOINTMENT
    settle(charge, Charge.Status.OPEN, 0)
    found = now_of(order)
    assert (found.status, found.paid_at) == (S.AWAITING_PAYMENT, None)


def test_a_second_payment_is_told_in_the_history():
    order = make_order(status=S.AWAITING_PAYMENT)
    charge = make_charge(order)
    settle(charge)
    tell(ChargeChanged(about=charge.about, charge_pk=charge.pk, what="duplicate", cents=15_000))
    assert "150,00" in order.events.get(kind="duplicate").note


def test_the_beat_takes_what_the_hook_missed():
    order = make_order(status=S.AWAITING_PAYMENT)
    charge = make_charge(order)
    Charge.objects.filter(pk=charge.pk).update(status=Charge.Status.SETTLED, settled_cents=15_000)
    assert payment.follow_missed(at=timezone.now()) == 1
    assert now_of(order).status == S.AWAITING_APPOINTMENT
    assert payment.follow_missed(at=timezone.now()) == 0


def test_unpaid_orders_end_after_their_days_and_partly_paid_ones_do_not(settings):
    at = timezone.now()
    old = make_order(status=S.INCOMPLETE, at=at - timedelta(days=31))
    charged = make_order(status=S.AWAITING_PAYMENT, at=at - timedelta(days=31))
    make_charge(charged)  # due today: may still be paid
    make_order(status=S.INCOMPLETE, at=at - timedelta(days=29))
    assert deadlines.cancel_unpaid(at=at) == 1
    assert now_of(old).status == S.CANCELLED
    assert deadlines.cancel_unpaid(at=at + timedelta(days=1, seconds=1)) == 2
    settings.ORDER_UNPAID_DAYS = 0
    assert deadlines.cancel_unpaid(at=at + timedelta(days=90)) == 0


def test_a_validity_that_ended_here_expires_and_one_that_came_so_stays():
    at = timezone.now()
    today = timezone.localdate(at)
    ended = make_order(
        status=S.DELIVERED, at=at - timedelta(days=365), valid_until=today - timedelta(days=1)
    )
    valid = make_order(status=S.ISSUED, at=at, valid_until=today)
    older = make_order(status=S.DELIVERED, at=at, valid_until=today - timedelta(days=5000))
    assert deadlines.expire(at=at) == 1
    assert [now_of(o).status for o in (ended, valid, older)] == [S.EXPIRED, S.ISSUED, S.DELIVERED]


def test_what_waits_long_is_told_to_staff_once_a_day(cast: Cast):
    at = timezone.now()
    make_order(status=S.ISSUING, at=at - timedelta(days=4))
    make_order(status=S.AWAITING_APPOINTMENT, at=at - timedelta(days=91))
    told = deadlines.tell_staff(at=at)
    deadlines.tell_staff(at=at)
    assert told == mails("esperam por alguém") > 0


def test_files_of_old_dossiers_go_and_their_hashes_stay(settings):
    settings.ORDER_DOSSIER_YEARS = 7
    at = timezone.now()
    order = make_order(at=at)
    document = dossier.add_document(
        order, NewDocument(kind="RG", name="a.pdf", stored=a_file()), by=None, at=at
    )
    Order.objects.filter(pk=order.pk).update(
        status=S.EXPIRED, status_since=at - timedelta(days=7 * 366)
    )
    assert deadlines.remove_old_files(at=at) == 1
    found = OrderDocument.objects.get(pk=document.pk)
    assert (found.file_key, len(found.sha256)) == ("", 64)
    assert deadlines.remove_old_files(at=at) == 0


def test_a_step_that_the_table_does_not_know_is_refused(cast: Cast):
    order, at = make_order(status=S.DELIVERED), timezone.now()
    for act in (acts.validate, acts.verify, acts.authorize, acts.resume):
        with pytest.raises(IllegalTransition):
            act(order, by=cast.admin, at=at)
    assert Product.objects.exists()
    assert order.events.count() == 0
