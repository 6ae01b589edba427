"""Who pays: kept while it was charged, read in "my data", gone with an erasure otherwise."""

from datetime import timedelta
from typing import Any

import pytest
from django.core import mail
from django.db.models import QuerySet
from django.urls import reverse
from django.utils import timezone

from orders.models import FiscalNote, Order
from orders.services import concluding, payers
from portal.accounts.models import ErasureRequest, User
from portal.accounts.personal_data import as_json, collect
from portal.accounts.services import erasure
from portal.outbox import delivery
from portal.outbox.models import Entry
from portal.payments.models import Payer, Slip
from portal.payments.services import charges, decisions
from tests.factories import Cast, make_user
from tests.factories.orders import make_order
from tests.factories.payments import make_agreement, make_payer
from tests.orders.noting import note_values

pytestmark = pytest.mark.django_db
S = Order.Status


def a_payer(**values: Any) -> Payer:
    """As a form gives one: not saved."""
    payer = make_payer(**values)
    payer.delete()
    payer.pk, payer._state.adding = None, True
    return payer


def an_order(holder: User) -> Order:
    return make_order(holder=holder, status=S.INCOMPLETE)


def erase(person: User, cast: Cast) -> None:
    row = ErasureRequest.objects.create(user=person, reason="")
    erasure.carry_out(row, by=cast.admin, at=timezone.now())


def test_a_payer_who_was_never_charged_goes_when_another_is_chosen():
    rita, at = make_user("Rita Reis"), timezone.now()
    make_agreement(is_default=True)
    order = an_order(rita)
    payers.choose(order, a_payer(name="Primeira"), by=rita, at=at)
    payers.choose(order, a_payer(name="Segunda"), by=rita, at=at)
    assert list(Payer.objects.values_list("name", flat=True)) == ["Segunda"]
    concluding.confirm(order, by=rita, at=at)
    payers.choose(order, a_payer(name="Terceira"), by=rita, at=at)
    # The second one stands on a slip, which the books keep.
    assert set(Payer.objects.values_list("name", flat=True)) == {"Segunda", "Terceira"}


def test_an_erasure_leaves_the_payers_who_were_charged_and_no_other(cast: Cast):
    rita, at = make_user("Rita Reis"), timezone.now()
    make_agreement(is_default=True)
    charged, not_charged, of_another = an_order(rita), an_order(rita), an_order(cast.ana)
    for order, name in ((charged, "Do boleto"), (not_charged, "Sem boleto")):
        payers.choose(order, a_payer(name=name), by=rita, at=at)
    payers.choose(of_another, a_payer(name="Rita", tax_id=rita.cpf), by=cast.ana, at=at)
    concluding.confirm(charged, by=rita, at=at)
    erase(rita, cast)
    assert list(Payer.objects.values_list("name", flat=True)) == ["Do boleto"]
    not_charged.refresh_from_db()
    assert (not_charged.payer, not_charged.status) == (None, S.CANCELLED)


def test_my_data_has_the_payer_and_the_taker_of_a_proven_cpf_only(cast: Cast):
    rita, at = make_user("Rita Reis"), timezone.now()
    make_agreement(is_default=True)
    order = make_order(
        holder=cast.ana, status=S.INCOMPLETE,
        payer=make_payer(name="Rita que paga", tax_id=rita.cpf, street="Rua do Ouro, 7"),
    )  # fmt: skip
    concluding.confirm(order, by=cast.ana, at=at)
    FiscalNote.objects.create(
        **note_values("7", taker_tax_id=rita.cpf, taker_name="Rita tomadora"), added_at=at
    )
    make_payer(name="Outra pessoa", email=rita.email)

    data = "".join(as_json(collect(rita)))
    description = f"Pedido {order.number}: {order.product_name}"
    for text in ("Rita que paga", "Rua do Ouro, 7", "Rita tomadora", description):
        assert text in data
    assert "Outra pessoa" not in data
    rita.cpf_proof, rita.cpf_proven_at = "", None
    rita.save(update_fields=["cpf_proof", "cpf_proven_at"])
    typed = "".join(as_json(collect(rita)))
    assert "Rita que paga" not in typed
    assert "Rita tomadora" not in typed


def test_the_order_names_the_payer_whom_the_billing_team_gave_its_charge(cast: Cast):
    rita, at = make_user("Rita Reis"), timezone.now()
    make_agreement(is_default=True)
    order = an_order(rita)
    payers.choose(order, a_payer(name="Do boleto"), by=rita, at=at)
    concluding.confirm(order, by=rita, at=at)
    assert order.charge is not None
    charges.change_payer(order.charge, a_payer(name="Novo"), by=cast.faturista, at=at)
    order.refresh_from_db()
    assert order.payer is not None
    assert order.payer.name == "Novo"
    event = order.events.filter(kind="payer").latest("pk")
    assert (event.note, event.user) == ("Novo", cast.faturista)
    slip = order.charge.slips.latest("pk")
    text = mail_about(slip, order)
    assert f"Pedido {order.number}: novo boleto" in text
    assert "mudou o responsável pelo pagamento" in text
    for told in ("Novo", "R$\u00a0150,00", f"{slip.due_on:%d/%m/%Y}", "não pague de novo"):
        assert told in text
    before = new_slip_mails().count()
    payers.choose(order, a_payer(name="De volta"), by=rita, at=at)
    assert order.events.filter(kind="payer").count() == 3
    assert new_slip_mails().count() == before  # they know what they did themselves


def test_the_client_is_told_of_a_second_copy_that_staff_issued(cast: Cast):
    rita, at = make_user("Rita Reis"), timezone.now()
    make_agreement(is_default=True)
    order = an_order(rita)
    payers.choose(order, a_payer(), by=rita, at=at)
    concluding.confirm(order, by=rita, at=at)
    assert order.charge is not None
    assert not new_slip_mails().exists()
    day = timezone.localdate(at) + timedelta(days=20)
    slip = decisions.replace_slip(order.charge, due_on=day, by=cast.faturista, at=at)
    text = mail_about(slip, order)
    assert "emitiu um novo boleto" in text
    assert f"Vencimento: {day:%d/%m/%Y}" in text
    assert "responsável" not in text
    assert new_slip_mails().count() == 1


def new_slip_mails() -> QuerySet[Entry]:
    return Entry.objects.filter(kind=Entry.Kind.MAIL, key__contains=":slip:")


def mail_about(slip: Slip, order: Order) -> str:
    """Subject and text of the one mail to the holder, which leads to the slips."""
    entry = Entry.objects.get(key=f"order:{order.pk}:slip:{slip.pk}:0")
    assert entry.recipient == order.holder_email
    delivery.sweep()
    sent = mail.outbox[-1]
    assert reverse("orders:slips", args=[order.number]) in sent.body
    return f"{sent.subject}\n{sent.body}"
