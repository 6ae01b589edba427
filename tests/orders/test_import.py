"""Import of orders by a spreadsheet: checked, looked over, carried out, undone."""

import io
import re
import threading
from functools import partial

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from orders.models import FiscalNote, NoteBatch, Order, OrderBatch, Product
from orders.services import acts, importing, payment
from orders.services.order_columns import COLUMNS, EXAMPLES
from portal.batches import services
from portal.outbox.models import Entry
from portal.sheets.downloads import download_template
from tests.factories import Cast, a_cpf
from tests.factories.orders import make_product
from tests.orders.noting import note_values
from tests.racing import all_look_first, at_once

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.both]
HEAD = "numero;solicitado_em;produto;tipo_cliente;situacao;titular;cpf;email;emitido_em;valido_ate;pago_em"
S = Order.Status
PRODUCT = "E-CPF A3 VALIDADE 3 ANOS TOKEN"


@pytest.fixture(autouse=True)
def product() -> Product:
    return make_product(PRODUCT, level="a3", medium="token", years=3)


def line(number: str = "", cpf: str = "", **cells: str) -> str:
    values = {
        "requested": "02/01/2012 11:29", "product": f"{PRODUCT} /", "type": "", "status": "Entregue",
        "name": "Carlos Dias", "email": "Carlos@exemplo.com.br", "issued": "01/01/2012",
        "until": "31/12/2014", "paid": "", **cells,
    }  # fmt: skip
    return ";".join(
        [
            number, values["requested"], values["product"], values["type"], values["status"],
            values["name"], cpf or a_cpf(), values["email"], values["issued"], values["until"], values["paid"],
        ]
    )  # fmt: skip


def handed_in(cast: Cast, *lines: str) -> OrderBatch:
    file = io.BytesIO("\n".join([HEAD, *lines]).encode())
    file.name = "pedidos.csv"
    batch, _new = importing.receive(file, name="Pedidos", by=cast.admin)
    importing.check_slice(batch, by=cast.admin)
    return batch


def carried_out(batch: OrderBatch, cast: Cast) -> OrderBatch:
    services.apply(batch, by=cast.admin, at=timezone.now())
    importing.apply_slice(batch, by=cast.admin)
    batch.refresh_from_db()
    return batch


def test_an_order_of_an_older_system_comes_with_its_odd_dates_and_mails_nobody(cast: Cast):
    batch = carried_out(handed_in(cast, line("2720983")), cast)
    order = Order.objects.get(number=2720983)
    assert (batch.status, batch.counts) == ("applied", {"new": 1})
    assert (order.status, order.holder_email) == (Order.Status.DELIVERED, "carlos@exemplo.com.br")
    assert f"{timezone.localtime(order.requested_at):%d/%m/%Y %H:%M}" == "02/01/2012 11:29"
    assert order.issued_on is not None
    assert order.issued_on < timezone.localtime(order.requested_at).date()
    assert not Entry.objects.filter(kind=Entry.Kind.MAIL).exists()


def test_rows_with_errors_are_named_by_row_and_column_and_nothing_is_done(cast: Cast):
    batch = handed_in(
        cast, line("2720983"), line("2720983"), line("2720984", cpf="111"),
        line("2720985", product="Nada"), line("2720986", status="Voando"),
        line("2720987", until="01/01/2011"), line("3000001"), line(requested="32/13/2012"),
        line("2720988", status="Aguardando Pagamento"),
    )  # fmt: skip
    errors = {row.line: [e["column"] for e in row.errors] for row in batch.rows.order_by("line")}
    assert errors == {
        2: [], 3: ["numero"], 4: ["cpf"], 5: ["produto"], 6: ["situacao"], 7: ["valido_ate"],
        8: ["numero"], 9: ["solicitado_em"], 10: ["situacao"],
    }  # fmt: skip
    assert not batch.can_be_applied
    assert not Order.objects.exists()


def test_the_same_file_twice_brings_its_orders_in_once(cast: Cast):
    rows = [line("2720983"), line(cpf=a_cpf())]
    carried_out(handed_in(cast, *rows), cast)
    again = carried_out(handed_in(cast, *rows), cast)
    assert again.counts == {"known": 2}
    assert Order.objects.count() == 2


def test_undone_it_leaves_what_somebody_has_worked_on(cast: Cast):
    rows = [line("2720983"), line("2720984", status="Aguardando Validacao")]
    batch = carried_out(handed_in(cast, *rows), cast)
    acts.validate(Order.objects.get(number=2720984), by=cast.agente, at=timezone.now())
    services.undo(batch, by=cast.admin, at=timezone.now())
    importing.undo_slice(batch, by=cast.admin)
    batch.refresh_from_db()
    assert (batch.status, batch.kept) == ("undone", 1)
    assert [order.number for order in Order.objects.all()] == [2720984]


def test_who_is_known_already_has_an_imported_order_and_undoing_takes_it_back(cast: Cast):
    ana = cast.ana
    row = line("2720983", cpf=ana.cpf or "").replace("Carlos@exemplo.com.br", ana.email or "")
    batch = carried_out(handed_in(cast, row), cast)
    order = Order.objects.get(number=2720983)
    assert order.holder == ana
    assert sorted(order.events.values_list("kind", flat=True)) == ["found", "imported"]
    services.undo(batch, by=cast.admin, at=timezone.now())
    importing.undo_slice(batch, by=cast.admin)
    assert not Order.objects.exists()


def test_an_order_whose_note_is_here_stays_when_its_import_is_undone(cast: Cast):
    batch = carried_out(handed_in(cast, line("2720983")), cast)
    order = Order.objects.get(number=2720983)
    FiscalNote.objects.create(order=order, added_at=timezone.now(), **note_values("n1"))
    services.undo(batch, by=cast.admin, at=timezone.now())
    importing.undo_slice(batch, by=cast.admin)
    batch.refresh_from_db()
    assert batch.kept == 1


def test_the_template_is_read_as_it_is_given(cast: Cast):
    make_product(EXAMPLES[0][2])
    file = io.BytesIO(download_template(COLUMNS, EXAMPLES, name="pedidos.csv").content)
    file.name = "pedidos.csv"
    batch, _new = importing.receive(file, name="Modelo", by=cast.admin)
    importing.check_slice(batch, by=cast.admin)
    assert batch.counts == {"new": 1}


def test_the_pages_of_an_import_open(cast: Cast):
    browser = Client()
    browser.force_login(cast.admin)
    batch = handed_in(cast, line("2720983"), line("2720984", cpf="111"))
    for name in ("batch", "batch_rows", "batch_apply", "batch_discard"):
        assert browser.get(reverse(f"orders:{name}", args=[batch.pk])).status_code == 200
    assert "2720984" in browser.get(reverse("orders:batch", args=[batch.pk])).content.decode()


def open_line(status: str, **cells: str) -> str:
    return line("2720990", status=status, issued="", until="", **cells)


@pytest.mark.parametrize(
    ("cells", "column"),
    [
        ({"status": "Aguardando Pagamento"}, "situacao"),
        ({"status": "Pagamento em Análise"}, "situacao"),
        ({"status": "Aguardando Autorização do Órgão", "type": "Pessoa Física"}, "tipo_cliente"),
        ({"status": "Aguardando Autorização do Órgão"}, "tipo_cliente"),
        ({"status": "Incompleto", "paid": "05/01/2012"}, "pago_em"),
    ],
)
def test_a_state_that_leads_nowhere_without_its_slip_is_refused_with_words(cast, cells, column):
    batch = handed_in(cast, open_line(**cells))
    row = batch.rows.get()
    assert [error["column"] for error in row.errors] == [column]
    assert len(row.errors[0]["message"]) > 30
    assert not batch.can_be_applied


def test_every_state_that_is_brought_in_has_a_way_on(cast: Cast):
    """None of them waits for a charge, which no sheet brings."""
    rows = [
        line(
            str(1000 + n), status=str(status.label), cpf=a_cpf(),
            type="Órgão Público" if status == S.AWAITING_AUTHORIZATION else "Pessoa Física",
        )
        for n, status in enumerate(S)
    ]  # fmt: skip
    batch = handed_in(cast, *rows)
    refused = {row.values["situacao"] for row in batch.rows.filter(outcome="error")}
    assert refused == {str(S.AWAITING_PAYMENT.label), str(S.PAYMENT_REVIEW.label)}
    good = [row for row in rows if not any(f";{status};" in row for status in refused)]
    carried_out(handed_in(cast, *good), cast)
    unpaid = Order.objects.filter(paid_at=None).values_list("status", flat=True)
    assert set(unpaid) == {
        S.INCOMPLETE, S.AWAITING_AUTHORIZATION, S.REFUSED, S.CANCELLED,
    }  # fmt: skip
    assert Order.objects.get(status=S.AWAITING_AUTHORIZATION).by_agreement


def test_the_money_of_an_order_brought_in_past_its_payment_is_never_forgotten(cast: Cast):
    carried_out(handed_in(cast, open_line("Aguardando Agendamento", paid="")), cast)
    order = Order.objects.get()
    assert (order.paid_at, payment.in_words(order)) == (order.requested_at, "Pago")
    acts.cancel(order, by=cast.admin, at=timezone.now(), note="Desistiu")
    assert order.money_waits
    acts.reopen(order, by=cast.admin, at=timezone.now(), note="Quer de novo")
    assert order.status == S.AWAITING_APPOINTMENT


def test_the_sheet_says_when_it_was_paid_and_what_an_ended_order_still_has(cast: Cast):
    cells = {"paid": "05/01/2012 10:30", "issued": "", "until": ""}
    rows = [line("2720990", **cells), line("2720991", status="Cancelado", **cells)]
    carried_out(handed_in(cast, *rows), cast)
    delivered, cancelled = Order.objects.order_by("number")
    assert delivered.paid_at is not None
    assert f"{timezone.localtime(delivered.paid_at):%d/%m/%Y %H:%M}" == "05/01/2012 10:30"
    assert (delivered.money_waits, cancelled.money_waits) == (False, True)


def test_two_sheets_at_once_bring_an_order_without_a_number_in_once(cast: Cast):
    cpf = a_cpf()
    batches = [handed_in(cast, line(cpf=cpf), line(cpf=a_cpf())) for _n in range(2)]
    for batch in batches:
        services.start_applying(batch, by=cast.admin, at=timezone.now())
    barrier = threading.Barrier(2)

    def work(batch: OrderBatch) -> None:
        importing.apply_slice(OrderBatch.objects.get(pk=batch.pk), by=cast.admin)

    told = at_once(
        *(all_look_first(partial(work, batch), barrier, {"orders_order"}) for batch in batches)
    )
    assert told == [None, None]
    assert Order.objects.filter(holder_cpf=cpf).count() == 1
    assert Order.objects.count() == 3


def test_lists_of_imports_head_a_column_of_imports(client_of, cast: Cast):
    handed_in(cast, line())
    NoteBatch.objects.create(name="Notas", created_by=cast.admin)
    for address, act in (("batches", "Importar pedidos"), ("note_batches", "Importar notas")):
        page = client_of(cast.admin).get(reverse(f"orders:{address}")).content.decode()
        assert re.search(r"<th[^>]*>\s*Importação\s*</th>", page)
        assert act in page
