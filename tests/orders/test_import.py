"""Import of orders by a spreadsheet: checked, looked over, carried out, undone."""

import io

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from orders.models import FiscalNote, Order, OrderBatch, Product
from orders.services import acts, importing
from orders.services.order_columns import COLUMNS, EXAMPLES
from portal.batches import services
from portal.outbox.models import Entry
from portal.sheets.downloads import download_template
from tests.factories import Cast, a_cpf
from tests.factories.orders import make_product
from tests.orders.noting import note_values

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.both]
HEAD = "numero;solicitado_em;produto;tipo_cliente;situacao;titular;cpf;email;emitido_em;valido_ate"
PRODUCT = "E-CPF A3 VALIDADE 3 ANOS TOKEN"


@pytest.fixture(autouse=True)
def product() -> Product:
    return make_product(PRODUCT, level="a3", medium="token", years=3)


def line(number: str = "", cpf: str = "", **cells: str) -> str:
    values = {
        "requested": "02/01/2012 11:29", "product": f"{PRODUCT} /", "type": "", "status": "Entregue",
        "name": "Carlos Dias", "email": "Carlos@exemplo.com.br", "issued": "01/01/2012",
        "until": "31/12/2014", **cells,
    }  # fmt: skip
    return ";".join(
        [
            number, values["requested"], values["product"], values["type"], values["status"],
            values["name"], cpf or a_cpf(), values["email"], values["issued"], values["until"],
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
