"""Line 10: a client's list of service orders, the SQL of the page against the bare statements.

    .venv/bin/python bench/line_10_client_orders.py [--orders 100000] [--rounds 9] [--database URL]

Bare: the orders in which the person takes part, newest first, and how many each state has.
"""

from functools import partial

import orders

MINE = """
FROM tickets_ticket t JOIN tickets_participant p ON p.ticket_id = t.id
WHERE p.email = 'ana@bench.example' AND p.left_at IS NULL
"""
BARE = [
    (f"SELECT t.* {MINE} ORDER BY t.created_at DESC, t.id DESC LIMIT {orders.PAGE}", None),
    (f"SELECT t.status, count(*) {MINE} GROUP BY t.status", None),
]
PAGES = {
    "client's list of orders": "/os/minhas/",
    "client's list of orders, one state": "/os/minhas/?status=closed",
}


def main() -> None:
    options = orders.options_of(__doc__)
    with orders.site_of(options) as site:
        for measure, path in PAGES.items():
            work = partial(site.get, path, "ana")
            orders.compare(options, line=10, measure=measure, work=work, bare=BARE)


if __name__ == "__main__":
    main()
