"""The staff's desk: what is done once; see ``races``."""

import io

from django.utils import timezone

from orders.models import Order, OrderBatch
from orders.services import acts, dossier, importing
from orders.services.dossier import AlreadyThere, NewDocument
from orders.services.life import NotPossible
from portal.batches import services as batches
from portal.files.services import store
from portal.transitions import IllegalTransition
from tests.factories import Cast, a_cpf
from tests.factories.orders import make_order, make_product
from tests.racing import Race, Work

_S = "orders.services"


def _validate(cast: Cast) -> Work:
    order = make_order()
    return lambda: acts.validate(Order.objects.get(pk=order.pk), by=cast.agente, at=timezone.now())


def _refund(cast: Cast) -> Work:
    order = make_order(status=Order.Status.CANCELLED, money_waits=True)
    return lambda: acts.refund(
        Order.objects.get(pk=order.pk), how="PIX", by=cast.faturista, at=timezone.now()
    )


def _document(_cast: Cast) -> Work:
    order, stored = make_order(), store(b"rg", prefix="orders", name="rg.txt")
    new = NewDocument(kind="RG", name="rg.txt", stored=stored)
    return lambda: dossier.add_document(
        Order.objects.get(pk=order.pk), new, by=None, at=timezone.now()
    )


def _import(cast: Cast) -> Work:
    product = make_product()
    head = "numero;solicitado_em;produto;titular;cpf;email"
    line = f"2720983;02/01/2012;{product.name};Carlos Dias;{a_cpf()};carlos@exemplo.com.br"
    file = io.BytesIO(f"{head}\n{line}".encode())
    file.name = "pedidos.csv"
    batch, _is_new = importing.receive(file, name="Pedidos", by=cast.admin)
    importing.check_slice(batch, by=cast.admin)
    batches.start_applying(batch, by=cast.admin, at=timezone.now())
    return lambda: importing.apply_slice(OrderBatch.objects.get(pk=batch.pk), by=cast.admin)


def _import_without_number(cast: Cast) -> Work:
    """The same order in several files, each carried out by a worker of its own."""
    product, cpf, ready = make_product(), a_cpf(), []
    for which in range(8):
        file = io.BytesIO(
            "solicitado_em;produto;titular;cpf;email\n"
            f"02/01/2012;{product.name};Carlos Dias;{cpf};carlos{which}@exemplo.com.br".encode()
        )
        file.name = f"pedidos{which}.csv"
        batch, _is_new = importing.receive(file, name=file.name, by=cast.admin)
        importing.check_slice(batch, by=cast.admin)
        batches.start_applying(batch, by=cast.admin, at=timezone.now())
        ready.append(batch.pk)
    return lambda: importing.apply_slice(OrderBatch.objects.get(pk=ready.pop()), by=cast.admin)


RACES = [
    Race(name="validate-order", prepare=_validate, told=(IllegalTransition,),
         services={f"{_S}.telling._mail"}, leaves={"orders.OrderEvent": 1, "outbox.Entry": 1}),
    Race(name="refund-order", prepare=_refund, told=(NotPossible,),
         services={f"{_S}.life.note_event"}, leaves={"orders.OrderEvent": 1}),
    Race(name="add-order-document", prepare=_document, told=(AlreadyThere,),
         services={f"{_S}.dossier.add_document"},
         leaves={"orders.OrderDocument": 1, "orders.OrderEvent": 1}),
    Race(name="import-orders", prepare=_import, services={f"{_S}.importing._create"},
         leaves={"orders.Order": 1, "orders.OrderEvent": 1}),
    Race(name="import-orders-without-number", prepare=_import_without_number, services=set(),
         leaves={"orders.Order": 1, "orders.OrderEvent": 1}),
]  # fmt: skip
EXCEPTIONS = {
    "a form that is sent twice is carried out once by ``portal.ui.once``": {
        f"{_S}.registering.register",
    },
    "two agents may miss the same thing: each pendency is answered by itself": {
        f"{_S}.dossier.ask",
    },
    "one mail to a person and event, or day, by its key: tests/orders/test_life.py": {
        f"{_S}.telling._mail_staff", f"{_S}.telling.daily",
    },
    "the number is counted in the order's own transaction, and unique": {
        f"{_S}.numbers._step",
    },
}  # fmt: skip
