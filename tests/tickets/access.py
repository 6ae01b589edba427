"""Who may use the addresses of the service-order desk."""

from typing import Any

from tests.access import Access, Own, World, guest_of
from tests.factories import Cast
from tests.factories.tickets import make_file, make_ticket, make_topic, said
from tests.tickets import access_mails, access_order, access_queue
from tickets.models import Ticket

REPORT = "tickets.report_ticket"
REPORTS = {
    "tickets:reports", "tickets:report_figures_csv", "tickets:report_figures_xlsx",
    "tickets:report_orders_csv", "tickets:report_orders_xlsx",
}  # fmt: skip
COPY = "copia@exemplo.com.br"
# Both sides read these of an order; agents those of their departments.
READ = {"tickets:print", "tickets:pdf", "tickets:attachment"}
# Of clients and guests alone: agents have pages of their own.
ORDER = {
    "tickets:ticket", "tickets:reply", "tickets:participants", "tickets:solved", "tickets:rate",
}  # fmt: skip
PUBLIC = {
    "tickets:home", "tickets:status", "tickets:status_sent", "tickets:open", "tickets:open_topic",
    "tickets:confirmation_sent", "tickets:confirm",
}  # fmt: skip


def _arguments(cast: Cast) -> dict[str, dict[str, Any]]:
    """An order of Ana's unit with a file, and a copy for somebody without an account."""
    topic = make_topic()
    ticket = make_ticket(
        topic=topic, unit=cast.unit_a1, company=cast.company_a,
        user=cast.ana, email=cast.ana.email or "", name=cast.ana.name, copies=[("", COPY)],
        said=said(files=[make_file("nota.txt")]),
    )  # fmt: skip
    number = {"number": ticket.number}
    file = ticket.entries.get().attachments.get()
    return {
        **dict.fromkeys(READ | ORDER, number), "tickets:attachment": {**number, "pk": file.pk},
        "tickets:open_topic": {"topic": topic.pk}, "tickets:confirm": {"token": "x" * 43},
        **access_order.arguments(cast), **access_queue.arguments(cast),
        **access_mails.arguments(),
    }  # fmt: skip


def _order(world: World) -> Ticket:
    return Ticket.objects.get(**world.arguments["tickets:print"])


ACCESS = Access(
    service="tickets",
    public=PUBLIC,
    member={"tickets:list"},
    staff={
        **dict.fromkeys(REPORTS, REPORT), **access_order.STAFF, **access_queue.STAFF,
        **access_mails.STAFF,
    },
    own=[
        Own(READ, owners=["ana", "order_guest"], opens=READ, readers=["admin"]),
        Own(
            ORDER, owners=["ana", "order_guest"], opens={"tickets:ticket", "tickets:solved"},
            readers=["admin"],
        ),
    ],
    arguments=_arguments,
    roles={"order_guest": guest_of(_order, COPY)},
)  # fmt: skip
