"""Which services an order offers: each cell of the table of type × status × service."""

import pytest

from orders.models import CustomerType, Order, Product
from orders.services.offers import TABLE, Cell, Service, cell_of, offer_of
from portal.accounts.models import User

S = Order.Status
# ✓ offered, – absent, e explained; in the order of Service: AGENDA, PAGADOR, BOLETOS, CONCLUIR,
# NOTAS, EMITIR. EMITIR as a renewal has it; how far the renewal is decides besides.
EXPECTED = {
    S.INCOMPLETE: "–✓–✓–✓",
    S.AWAITING_PAYMENT: "e✓✓––✓",
    S.AWAITING_AUTHORIZATION: "ee–––✓",
    S.PAYMENT_REVIEW: "e–✓––✓",
    S.AWAITING_APPOINTMENT: "✓–✓–✓✓",
    S.AWAITING_VALIDATION: "✓–✓–✓✓",
    S.PENDING_DOCUMENTS: "✓–✓✓✓e",
    S.AWAITING_VERIFICATION: "e–✓–✓e",
    S.APPROVED: "––✓–✓✓",
    S.ISSUING: "––✓–✓✓",
    S.ISSUED: "––✓✓✓✓",
    S.DELIVERED: "––✓–✓✓",
    S.REVOKED: "––✓–✓–",
    S.EXPIRED: "––✓–✓–",
    S.REFUSED: "––✓–✓–",
    S.CANCELLED: "––✓–✓–",
}
# What an agreement of a public body changes: BOLETOS and PAGADOR explain it.
BY_AGREEMENT = {
    S.INCOMPLETE: "–✓–✓–✓",
    S.AWAITING_PAYMENT: "eee––✓",
    S.AWAITING_AUTHORIZATION: "eee––✓",
    S.PAYMENT_REVIEW: "e–e––✓",
    S.AWAITING_APPOINTMENT: "✓–e–✓✓",
    S.AWAITING_VALIDATION: "✓–e–✓✓",
    S.PENDING_DOCUMENTS: "✓–e✓✓e",
    S.AWAITING_VERIFICATION: "e–e–✓e",
    S.APPROVED: "––e–✓✓",
    S.ISSUING: "––e–✓✓",
    S.ISSUED: "––e✓✓✓",
    S.DELIVERED: "––e–✓✓",
    S.REVOKED: "––e–✓–",
    S.EXPIRED: "––e–✓–",
    S.REFUSED: "––e–✓–",
    S.CANCELLED: "––e–✓–",
}
CELLS = [
    pytest.param(status, service, by_agreement, mark, id=f"{status}-{service}-{by_agreement}")
    for by_agreement, table in ((False, EXPECTED), (True, BY_AGREEMENT))
    for status, row in table.items()
    for service, mark in zip(Service, row, strict=True)
]


def mark_of(cell: object) -> str:
    return {Cell.OFFERED: "✓", Cell.ABSENT: "–"}.get(cell, "e")  # type: ignore[call-overload]


def test_every_status_has_a_row():
    assert set(TABLE) == set(S) == set(EXPECTED) == set(BY_AGREEMENT)


@pytest.mark.parametrize(("status", "service", "by_agreement", "mark"), CELLS)
def test_a_cell(status, service, by_agreement, mark):
    renewal = cell_of(status, service, by_agreement=by_agreement, is_renewal=True)
    first = cell_of(status, service, by_agreement=by_agreement, is_renewal=False)
    assert mark_of(renewal) == mark
    assert mark_of(first) == ("–" if service is Service.ISSUE else mark)
    if mark == "e":
        assert str(renewal).endswith("."), "an explanation is a sentence"


@pytest.mark.django_db
@pytest.mark.parametrize("status", [s for s, row in EXPECTED.items() if row[0] == "✓"])
def test_of_a_companys_order_the_responsible_person_books(status):
    order = Order(
        number=4001, status=status, customer_type=CustomerType.COMPANY, holder_id=1, responsible_id=2,
        product=Product(),
    )  # fmt: skip
    holder, responsible = User(pk=1), User(pk=2)
    seen = offer_of(order, Service.APPOINTMENT, user=holder)
    assert seen
    assert not seen.is_offered
    assert "responsável" in seen.text
    books = offer_of(order, Service.APPOINTMENT, user=responsible)
    assert books
    assert books.is_offered
    order.responsible_id = None  # nobody else could book
    alone = offer_of(order, Service.APPOINTMENT, user=holder)
    assert alone
    assert alone.is_offered
