"""A new order from the catalogue: its data are kept at once, its payer is chosen next."""

from dataclasses import dataclass
from datetime import date, datetime

from django.db import transaction
from django.http import HttpRequest

from orders.models import CustomerType, Order, Product
from orders.models.orders import SERVICE
from orders.services.life import note_event
from orders.services.matching import match_order
from orders.services.numbers import take_number
from portal.accounts.models import Company, Grant, User
from portal.audit.services import record


@dataclass(frozen=True, kw_only=True)
class Holder:
    """Whom the certificate will name."""

    name: str
    cpf: str
    email: str
    phone: str = ""
    born_on: date | None = None


@dataclass(frozen=True, kw_only=True)
class NewOrder:
    """``cnpj`` and ``company_name`` are empty for a natural person."""

    product: Product
    customer_type: str
    holder: Holder
    cnpj: str = ""
    company_name: str = ""


@transaction.atomic
def place(new: NewOrder, *, by: User, at: datetime, request: HttpRequest | None = None) -> Order:
    """Keep an order, still incomplete: nobody pays for it yet."""
    holder = new.holder
    order = Order(
        number=take_number(), status_since=at, requested_at=at, created_by=by,
        product=new.product, product_name=new.product.name, price_cents=new.product.price_cents,
        customer_type=new.customer_type, holder_name=holder.name, holder_cpf=holder.cpf,
        holder_email=holder.email.lower(), holder_phone=holder.phone,
        holder_born_on=holder.born_on, company_cnpj=new.cnpj, company_name=new.company_name,
        company=company_of(new.cnpj, by, at),
    )  # fmt: skip
    set_place_of(by, order)
    order.save()
    note_event(order, "placed", by=by, at=at)
    record(
        "order.placed", target=order, company=order.audit_company, actor=by, request=request, at=at
    )
    match_order(order, at=at)
    return order


def set_place_of(client: User, order: Order) -> None:
    """Whether who ordered is the holder, by what the order says of the holder. Who ordered for
    somebody else, or for a company, is the responsible person, unless there is one, and so sees
    the order too."""
    mine = _is_own(order.holder_cpf, order.holder_email, client)
    order.holder = client if mine else None
    if (not mine or order.customer_type != CustomerType.PERSON) and not order.responsible_name:
        order.responsible, order.responsible_name = client, client.name
        order.responsible_cpf, order.responsible_email = client.cpf or "", client.email or ""


def _is_own(cpf: str, email: str, user: User) -> bool:
    """Whether a person orders for themselves: by the CPF and the e-mail of the account."""
    return email.lower() == user.email and (not user.cpf or cpf == user.cpf)


def company_of(cnpj: str, user: User, at: datetime) -> Company | None:
    """The company in the portal, where this person administers it: others only typed its CNPJ."""
    if not cnpj:
        return None
    held = Grant.objects.held_by(user, at, service=SERVICE)
    companies = held.filter(level=Grant.Level.ADMINISTER, company__isnull=False)
    return Company.objects.filter(tax_id=cnpj, pk__in=companies.values("company")).first()
