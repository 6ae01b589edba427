"""Line 21: the lists of certificate orders with a million of them against the same with few.

    .venv/bin/python bench/line_21_order_list.py [--few 10000] [--many 1000000] [--rounds 7]

Both databases are on one PostgreSQL; each page is asked of both in turns; CPU of the process and of
its database connection together.
"""

import argparse
from hashlib import md5

import ground

DESK, LIST = "/equipe/pedidos/", "/pedidos/"
RARE = md5(b"7777").hexdigest()[:12]
PAGES = {
    "client: list": (LIST, "ana"),
    "client: list, one state": (f"{LIST}?status=delivered", "ana"),
    "client: list, a word": (f"{LIST}?q=e-CPF", "ana"),
    "client: list, by number": (f"{LIST}?sort=number", "ana"),
    "client: reminders": ("/lembretes/", "ana"),
    "staff: list": (DESK, "admin"),
    "staff: list, last page": (f"{DESK}?cursor=last", "admin"),
    "staff: list, oldest first": (f"{DESK}?sort=requested", "admin"),
    "staff: list, waiting for validation": (f"{DESK}?status=validation", "admin"),
    "staff: list, delivered": (f"{DESK}?status=delivered", "admin"),
    "staff: list, of public bodies": (f"{DESK}?type=public", "admin"),
    "staff: list, one product": (f"{DESK}?product=1", "admin"),
    "staff: list, in the same state for 30 days": (f"{DESK}?age=30", "admin"),
    "staff: list, of a year": (f"{DESK}?since=01/01/2025&until=31/12/2025", "admin"),
    "staff: list, money waits": (f"{DESK}?attention=money", "admin"),
    "staff: list, paid and not used": (f"{DESK}?attention=unused", "admin"),
    "staff: list, a number": (f"{DESK}?q=2000077", "admin"),
    "staff: list, an e-mail": (f"{DESK}?q=pessoa77@bench.example", "admin"),
    "staff: list, a rare name": (f"{DESK}?q=Pessoa+{RARE}", "admin"),
    "staff: list, waiting, of public bodies": (f"{DESK}?status=validation&type=public", "admin"),
    "staff: list, validation for 30 days": (f"{DESK}?status=validation&age=30", "admin"),
    "staff: first page": ("/painel/", "admin"),
}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--few", type=int, default=10_000)
    parser.add_argument("--many", type=int, default=1_000_000)
    parser.add_argument("--rounds", type=int, default=7)
    options = parser.parse_args()
    ground.compare_sizes(21, "≤ 1.2", PAGES, fill="filling_orders", **vars(options))


if __name__ == "__main__":
    main()
