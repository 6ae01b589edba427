"""What the demonstration's certificate orders are: catalogue, the manual's four, forty plans."""

from dataclasses import dataclass
from datetime import date
from typing import Any

from orders.models import CustomerType, Order, Product

Status = Order.Status
PERSON, COMPANY, PUBLIC = CustomerType.PERSON, CustomerType.COMPANY, CustomerType.PUBLIC
_A1 = {"level": Product.Level.A1, "medium": Product.Medium.FILE}
_TOKEN = {"level": Product.Level.A3, "medium": Product.Medium.TOKEN}
_CARD = {"level": Product.Level.A3, "medium": Product.Medium.CARD}
_NONE = {"level": Product.Level.A3, "medium": Product.Medium.NONE}
_E_CPF = {"kind": Product.Kind.E_CPF, "for_company": True, "for_public": True}
_E_CNPJ = {"kind": Product.Kind.E_CNPJ, "for_person": False, "for_company": True,
           "for_public": True}  # fmt: skip
_PERSON = "Documento de identidade com foto\nComprovante de endereço"
_FIRM = f"{_PERSON}\nContrato social ou estatuto"
E_CPF_A1, E_CPF_A3, RENEWAL = "e-CPF A1 de 1 ano", "e-CPF A3 de 3 anos em token", (
    "e-CPF A3 de 3 anos, renovação"
)  # fmt: skip
RENEWAL_A1 = "e-CPF A1 de 1 ano, renovação"
E_CNPJ_A1, CARD, TOKEN = (
    "e-CNPJ A1 de 1 ano", "e-CPF A3 de 2 anos em cartão", "e-CNPJ A3 de 3 anos em token",
)  # fmt: skip
CATALOGUE: list[dict[str, Any]] = [
    {"name": E_CPF_A1, **_E_CPF, **_A1, "years": 1, "price_cents": 14_900, "order": 10,
     "text": "Fica no computador; o mais simples de usar.", "documents": _PERSON},
    {"name": E_CPF_A3, **_E_CPF, **_TOKEN, "years": 3, "price_cents": 37_900, "order": 20,
     "text": "Fica em um token USB, que vai junto.", "documents": _PERSON},
    {"name": CARD, **_E_CPF, **_CARD, "years": 2, "price_cents": 29_900, "order": 30,
     "text": "Fica em um cartão; precisa de leitora.", "documents": _PERSON},
    {"name": RENEWAL, **_E_CPF, **_NONE, "years": 3, "price_cents": 24_900, "order": 40,
     "text": "Para quem já tem o token e um certificado ainda válido.", "is_renewal": True},
    # Any certificate at any time confirms it: an e-CPF of the demonstration has a year to live.
    {"name": RENEWAL_A1, **_E_CPF, **_A1, "years": 1, "price_cents": 9_900, "order": 45,
     "text": "Para quem tem um certificado ainda válido: sem sair de casa.", "is_renewal": True,
     "signature_level": Product.Signature.ANY, "window_days": 0},
    {"name": E_CNPJ_A1, **_E_CNPJ, **_A1, "years": 1, "price_cents": 22_900, "order": 50,
     "text": "Da empresa, para emitir notas fiscais.", "documents": _FIRM},
    {"name": TOKEN, **_E_CNPJ, **_TOKEN, "years": 3, "price_cents": 49_900, "order": 60,
     "text": "Da empresa, em um token USB.", "documents": _FIRM},
]  # fmt: skip


@dataclass(frozen=True, kw_only=True)
class Four:
    """One of the manual's orders, with exactly its columns."""

    number: int
    requested_at: str
    issued_on: date | None
    valid_until: date | None
    status: str
    customer_type: str
    product: str
    product_name: str


FOUR = [
    Four(number=2758387, requested_at="2012-01-12T08:31", issued_on=None, valid_until=None,
         status=Status.AWAITING_VALIDATION, customer_type=PERSON, product=E_CPF_A1,
         product_name="CPF A1 validade 1 ano /"),
    Four(number=2732509, requested_at="2012-01-04T14:12", issued_on=date(2012, 1, 3),
         valid_until=date(2013, 1, 2), status=Status.DELIVERED, customer_type=PUBLIC,
         product=E_CPF_A1, product_name="E-CPF A1 validade 1 ano /"),
    Four(number=2725470, requested_at="2012-01-03T11:32", issued_on=None, valid_until=None,
         status=Status.AWAITING_VALIDATION, customer_type=PUBLIC, product=RENEWAL,
         product_name="E-CPF A3 VALIDADE 3 ANOS RENOVACAO"),
    Four(number=2720983, requested_at="2012-01-02T11:29", issued_on=date(2012, 1, 1),
         valid_until=date(2014, 12, 31), status=Status.DELIVERED, customer_type="",
         product=E_CPF_A3, product_name="E-CPF A3 VALIDADE 3 ANOS TOKEN /"),
]  # fmt: skip
PEOPLE = [
    "Mariana Teles", "Otávio Brandão", "Lúcia Fontes", "Rafael Peixoto", "Helena Duarte",
    "Sérgio Vilela", "Tânia Moreira", "Igor Sampaio", "Beatriz Antunes", "Caio Drummond",
    "Denise Prates",
]  # fmt: skip
_VALIDATED = (Status.AWAITING_VALIDATION, Status.AWAITING_VERIFICATION)
_APPROVED = (*_VALIDATED, Status.APPROVED)
_ISSUED = (*_APPROVED, Status.ISSUING, Status.ISSUED)
# From paid to each state.
PATHS: dict[str, tuple[Order.Status, ...]] = {
    Status.AWAITING_VALIDATION: _VALIDATED[:1],
    Status.PENDING_DOCUMENTS: (*_VALIDATED[:1], Status.PENDING_DOCUMENTS),
    Status.AWAITING_VERIFICATION: _VALIDATED, Status.APPROVED: _APPROVED,
    Status.ISSUING: _ISSUED[:-1], Status.ISSUED: _ISSUED,
    Status.DELIVERED: (*_ISSUED, Status.DELIVERED),
    Status.REVOKED: (*_ISSUED, Status.REVOKED), Status.EXPIRED: (*_ISSUED, Status.EXPIRED),
    Status.REFUSED: (*_VALIDATED[:1], Status.REFUSED),
}  # fmt: skip
_NOT_PAID = (
    Status.INCOMPLETE, Status.AWAITING_PAYMENT, Status.AWAITING_AUTHORIZATION, Status.CANCELLED,
)  # fmt: skip


@dataclass(frozen=True)
class Plan:
    """How far an order has come, whose it is (of the cast, or an invented person), since when."""

    status: str
    product: str
    login: str
    days: int
    customer_type: str = PERSON

    @property
    def is_paid(self) -> bool:
        return self.status not in _NOT_PAID

    @property
    def is_booked(self) -> bool:
        """Whether an appointment is made: for those who wait for one, but every third."""
        return self.status == Status.AWAITING_APPOINTMENT and bool(self.days % 3)

    @property
    def steps(self) -> tuple[Order.Status, ...]:
        return PATHS.get(self.status, ())


def _plans() -> list[Plan]:
    """Forty, in every state that an order can be left in."""
    how_many = {
        Status.INCOMPLETE: 3, Status.AWAITING_PAYMENT: 6, Status.AWAITING_AUTHORIZATION: 1,
        Status.AWAITING_APPOINTMENT: 6, Status.AWAITING_VALIDATION: 4, Status.PENDING_DOCUMENTS: 2,
        Status.AWAITING_VERIFICATION: 3, Status.APPROVED: 2, Status.ISSUING: 1, Status.ISSUED: 3,
        Status.DELIVERED: 4, Status.REVOKED: 1, Status.EXPIRED: 1, Status.REFUSED: 1,
        Status.CANCELLED: 2,
    }  # fmt: skip
    products, people = [E_CPF_A1, E_CPF_A3, CARD], ["bruno", "carla", "cliente", "cliente"]
    states = [status for status, count in how_many.items() for _n in range(count)]
    return [
        Plan(
            status, products[n % 3], people[n % 4], days=2 + n * 5 % 44,
            customer_type=PUBLIC if status == Status.AWAITING_AUTHORIZATION else PERSON,
        )
        for n, status in enumerate(states)
    ]  # fmt: skip


PLANS = _plans()
