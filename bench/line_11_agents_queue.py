"""Line 11: an agent's queue and its counters, the SQL of the page against the bare index scan.

    .venv/bin/python bench/line_11_agents_queue.py [--orders 100000] [--rounds 9] [--database URL]

Bare: one page of the department's unfinished orders, and all that are unfinished counted, both by
their partial index. One order in twenty is unfinished: 50,000 of a million.
"""

from functools import partial

import orders

UNFINISHED = "status IN ('new', 'open', 'waiting_agent', 'waiting_client')"


def bare(departments: str) -> list[orders.Statement]:
    mine = f"{UNFINISHED} AND department_id IN ({departments})"
    return [
        (
            f"SELECT * FROM tickets_ticket WHERE {mine} "
            f"ORDER BY last_activity DESC, id DESC LIMIT {orders.PAGE}",
            None,
        ),
        (f"SELECT count(*) FROM tickets_ticket WHERE {mine}", None),
    ]


WHO = {
    "agente": "SELECT department_id FROM tickets_member m JOIN accounts_user u ON u.id = m.user_id "
    "WHERE u.email = 'agente@bench.example'",
    "admin": "SELECT id FROM tickets_department",
}
PAGES = {
    "queue of an agent's departments": ("/equipe/os/", "agente"),
    "queue of what needs an answer": ("/equipe/os/?queue=answer", "agente"),
    "queue of what is overdue": ("/equipe/os/?queue=overdue", "agente"),
    "queue of every department": ("/equipe/os/", "admin"),
}


def main() -> None:
    options = orders.options_of(__doc__)
    with orders.site_of(options) as site:
        for measure, (path, who) in PAGES.items():
            work = partial(site.get, path, who)
            orders.compare(options, line=11, measure=measure, work=work, bare=bare(WHO[who]))


if __name__ == "__main__":
    main()
