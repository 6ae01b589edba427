"""The demonstration's certificate orders: a catalogue, places, the manual's four, forty more, two renewals.

The forty go the way that real ones go, by the services of the desk and of payments; nobody is
mailed about what is past. What they say of their times is moved back afterwards.
"""

from collections.abc import Mapping, Sequence
from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from django.core.files.base import ContentFile
from django.db import transaction
from django.utils.translation import gettext as _

from orders import demo_notes, demo_renewals
from orders.demo_orders import CATALOGUE, FOUR, PEOPLE, PLANS, Four, Plan
from orders.models import AppointmentService, Order, Place, Product
from orders.services import acts, appointments, dossier, life, telling
from orders.services.agenda import NotOffered
from orders.services.numbers import take_number
from orders.services.slots import Taken
from portal.batches import services as batches
from portal.demo.world import World
from portal.payments import demo as payments
from portal.payments.models import Payer
from portal.payments.services import return_files, settlements
from portal.payments.services.charges import raise_charge
from portal.payments.services.slips import issue_slip
from portal.taxid import with_check_digits

ZONE = ZoneInfo("America/Sao_Paulo")
Status = Order.Status


def load(world: World) -> None:
    """Make catalogue and places; and the orders, if there are none yet."""
    products = {values["name"]: _product(values) for values in CATALOGUE}
    places = _places()
    if not world.ages or Order.objects.exists():
        return
    payments.make_agreement()
    with telling.silently():
        with transaction.atomic():
            for four in FOUR:
                _one_of_four(four, world, products)
            made = [(plan, _begin(plan, world, products, n)) for n, plan in enumerate(PLANS)]
        _import_payments(world, [order for plan, order in made if plan.is_paid])
        with transaction.atomic():
            for plan, order in made:
                _go_on(plan, order, world)
            _book(made, places, world)
            _move_back(made, world)
    demo_renewals.load(world, products)
    demo_notes.load(world, [order for _plan, order in made])
    world.tell(_("%(n)d certificate orders.") % {"n": len(made) + len(FOUR) + 2})


def _product(values: Mapping[str, object]) -> Product:
    found, _is_new = Product.objects.get_or_create(name=values["name"], defaults=dict(values))
    return found


def _places() -> list[Place]:
    AppointmentService.objects.get_or_create(name="Validação presencial")
    return [
        Place.objects.get_or_create(
            name=name,
            defaults={
                "address": address, "city": city, "state": "MG", "desks": desks,
                "directions": "Térreo, com acesso para cadeira de rodas.",
            },
        )[0]
        for name, address, city, desks in (
            ("Posto Centro", "Rua da Demonstração, 100", "Belo Horizonte", 2),
            ("Posto Juiz de Fora", "Avenida do Exemplo, 250", "Juiz de Fora", 1),
        )
    ]  # fmt: skip


def _one_of_four(four: Four, world: World, products: Mapping[str, Product]) -> None:
    """An order that an older system brought in, as the manual shows it: odd dates and all."""
    ana = world.people["ana"]
    requested = datetime.fromisoformat(four.requested_at).replace(tzinfo=ZONE)
    order = Order.objects.create(
        number=four.number, status=four.status, status_since=world.at - timedelta(days=3),
        customer_type=four.customer_type, product=products[four.product],
        product_name=four.product_name, price_cents=products[four.product].price_cents,
        requested_at=requested, issued_on=four.issued_on, valid_until=four.valid_until,
        holder=ana, holder_name=ana.name, holder_cpf=ana.cpf or "", holder_email=ana.email or "",
        paid_at=requested,
    )  # fmt: skip
    life.note_event(order, "imported", by=None, at=world.at - timedelta(days=3))


def _begin(plan: Plan, world: World, products: Mapping[str, Product], n: int) -> Order:
    """An order as far as its slip."""
    product, user = products[plan.product], world.people.get(plan.login)
    name, cpf, email = (
        (user.name, user.cpf or "", user.email or "") if user else _invented(plan.login, n)
    )
    order = Order.objects.create(
        number=take_number(), status_since=world.at, requested_at=world.at, product=product,
        product_name=product.name, price_cents=product.price_cents,
        customer_type=plan.customer_type, holder_name=name, holder_cpf=cpf, holder_email=email,
        holder=user, holder_phone="(31) 3555-0100", created_by=user,
    )  # fmt: skip
    life.note_event(order, "placed", by=user, at=world.at)
    if plan.status == Status.INCOMPLETE:
        return order
    payer = Payer.objects.create(
        name=name, tax_id=cpf, email=email, street="Rua do Exemplo, 10", district="Centro",
        city="Belo Horizonte", state="MG", cep="30100000",
    )  # fmt: skip
    order.payer = payer
    order.save(update_fields=["payer"])
    if plan.status == Status.AWAITING_AUTHORIZATION:
        _move(order, Status.AWAITING_AUTHORIZATION, world)
        return order
    order.charge = raise_charge(
        order.about, description=f"Pedido {order.number}", amount_cents=order.price_cents,
        due_on=world.at.astimezone(ZONE).date() + timedelta(days=3), payer=payer, at=world.at,
    )  # fmt: skip
    order.save(update_fields=["charge"])
    issue_slip(order.charge, at=world.at)
    _move(order, Status.AWAITING_PAYMENT, world)
    return order


def _invented(key: str, n: int) -> tuple[str, str, str]:
    """Somebody without an account: name, CPF, address."""
    name = PEOPLE[n % len(PEOPLE)]
    cpf = with_check_digits(f"{271_000_000 + 7_919 * n:09}")
    return name, cpf, f"{key}{n}@demo.balcao.example"


def _move(order: Order, to: Order.Status, world: World, **values: Any) -> None:
    life.move(order, to, by=None, at=world.at, is_told=False, **values)


def _import_payments(world: World, paid: Sequence[Order]) -> None:
    """A return file about what these orders' slips were paid, imported as staff do."""
    day, by = world.at.astimezone(ZONE).date() - timedelta(days=1), world.people["faturista"]
    slips = [order.charge.slips.get() for order in paid if order.charge]
    lines = [payments.Paid(s.our_number, s.amount_cents, s.amount_cents) for s in slips]
    data = payments.return_file(payments.make_agreement(), lines, day=day, number=1)
    file = ContentFile(data, name="retorno-demonstracao.ret")
    found, _is_new = return_files.receive(file, name="Retorno de demonstração", by=by)
    return_files.check_slice(found, by=by)
    found.refresh_from_db()
    batches.start_applying(found, by=by, at=world.at)
    settlements.apply_slice(found, by=by)


def _go_on(plan: Plan, order: Order, world: World) -> None:
    """From paid to where the plan ends."""
    order.refresh_from_db()
    agent, admin = world.people["agente"], world.people["admin"]
    today = world.at.astimezone(ZONE).date()
    values: dict[str, dict[str, Any]] = {
        Status.AWAITING_VERIFICATION: {"validated_by": agent, "validated_at": world.at},
        Status.APPROVED: {"verified_by": admin, "verified_at": world.at},
        Status.ISSUED: _certificate(plan, order, today),
        Status.REFUSED: {}, Status.REVOKED: {},
    }  # fmt: skip
    if plan.status == Status.CANCELLED:  # with its slip
        acts.cancel(order, by=None, at=world.at, note="Desistência do cliente.")
        return
    for step in plan.steps:
        _move(order, step, world, **values.get(step, {}))
    if plan.status == Status.PENDING_DOCUMENTS:
        dossier.ask(order, "Comprovante de endereço dos últimos três meses.", by=agent, at=world.at)


def _certificate(plan: Plan, order: Order, today: date) -> dict[str, object]:
    years, issued = order.product.years, today - timedelta(days=plan.days // 2)
    if plan.status == Status.EXPIRED:
        issued = today.replace(day=1, year=today.year - years) - timedelta(days=10)
    until = issued.replace(day=min(issued.day, 28), year=issued.year + years)
    return {"issued_on": issued, "valid_until": until, "serial": f"{order.number:016X}"}


def _book(made: Sequence[tuple[Plan, Order]], places: Sequence[Place], world: World) -> None:
    """Appointments of the next days for some who wait to be validated or to choose one."""
    by = appointments.By(user=world.people["agente"], at=world.at, tell=False)
    waiting = [order for plan, order in made if plan.is_booked]
    day = world.at.astimezone(ZONE).date()
    for n, order in enumerate(waiting):
        for later in range(1, 15):
            start = datetime.combine(
                day + timedelta(days=later + n // 2), datetime.min.time(), tzinfo=ZONE
            ) + timedelta(hours=10 + n % 4)
            try:
                with transaction.atomic():
                    appointments.book_by_staff(order, places[n % 2], start, by)
            except (NotOffered, Taken, life.NotPossible):
                continue
            break


def _move_back(made: Sequence[tuple[Plan, Order]], world: World) -> None:
    """What was made in a second is spread over the plan's days."""
    for plan, order in made:
        order.refresh_from_db()
        events = list(order.events.order_by("pk"))
        begun, step = world.at - timedelta(days=plan.days), timedelta(days=plan.days)
        for place, event in enumerate(events):
            event.at = begun + step * place / (len(events) + 1)
            event.save(update_fields=["at"])
        order.requested_at = begun
        order.status_since = events[-1].at if events else begun
        order.save(update_fields=["requested_at", "status_since"])
