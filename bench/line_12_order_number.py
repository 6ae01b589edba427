"""Line 12: looking an order's number up, and words in 300,000 texts of orders (line 18): the SQL
of the search box against the bare statements.

    .venv/bin/python bench/line_12_order_number.py [--orders 100000] [--rounds 9] [--database URL]

Bare: the row of the number with its department as the page shows it, for a client if the person
takes part; the newest thousand texts that have both words.
"""

from functools import partial
from typing import Any

import orders

SHOWN = """
SELECT t.*, d.*, c.* FROM tickets_ticket t JOIN tickets_department d ON d.id = t.department_id
JOIN provider_contactdesk c ON c.id = d.desk_id
"""
ROW = SHOWN + "WHERE t.number = %s"
OWN_ROW = SHOWN + (
    "JOIN tickets_participant p ON p.ticket_id = t.id WHERE t.number = %s "
    "AND p.email = 'ana@bench.example' AND p.left_at IS NULL"
)
WORDS = """
SELECT ticket_id FROM tickets_entrytext
WHERE to_tsvector('simple'::regconfig, body)
  @@ to_tsquery('simple'::regconfig, '''veiculo'' & ''emplacamento'':*')
ORDER BY at DESC, id DESC LIMIT 1000
"""
WHO = {"client": "ana", "agent": "agente", "administrator": "admin"}


def main() -> None:
    options = orders.options_of(__doc__)
    with orders.site_of(options):
        for role, who in WHO.items():
            number = number_of(who)
            orders.compare(
                options, line=12, measure=f"number of an order, {role}",
                work=partial(found_by, who, number), bare=[(OWN_ROW if who == "ana" else ROW, [number])],
            )  # fmt: skip
        for role in ("agent", "administrator"):
            orders.compare(
                options, line=18, measure=f"two common words in orders, {role}",
                work=partial(found_by, WHO[role], "veículos emplacamento"), bare=[(WORDS, None)],
                goal="≤ 1.5",
            )  # fmt: skip


def found_by(who: str, text: str) -> list[Any]:
    """What the search box finds for this person."""
    from tickets.services import finding

    found = finding.first_of(_orders_of(who), text, 6, for_staff=who != "ana")
    assert found
    return found


def number_of(who: str) -> str:
    """Of an order further back that this person sees."""
    mine = _orders_of(who).order_by("-created_at", "-pk")
    return str(mine.values_list("number", flat=True)[20])


def _orders_of(who: str) -> Any:
    from django.utils import timezone

    from portal.accounts.models import User
    from tickets.models import Ticket

    user = User.objects.get(email=f"{who}@bench.example")
    return Ticket.objects.visible_to(user, at=timezone.now()).select_related("department__desk")


if __name__ == "__main__":
    main()
