"""Line 3: the client's pages with many documents in the portal against the same with few.

    .venv/bin/python bench/line_03_list_scale.py [--few 10000] [--many 200000] [--rounds 7]

``--many 5000000`` takes about ten minutes to fill. Both databases are on one PostgreSQL; each
page is asked of both in turns; CPU of the process and of its database connection together.
"""

import argparse
from datetime import date

import ground

MONTH = f"{date.today():%m/%Y}"  # noqa: DTZ011
PAGES = {
    "list of a month": (f"/faturas/?period={MONTH}", "ana"),
    "list, newest month": ("/faturas/", "ana"),
    "list, all months waiting": ("/faturas/?release=pending", "ana"),
    "list of one unit, six months": (f"/faturas/?unit=U1&period=01/2020&until={MONTH}", "ana"),
    "reports": ("/relatorios/", "ana"),
    "dashboard": ("/painel/", "ana"),
    "staff: list, newest month": ("/faturas/", "admin"),
    "staff: list, contested": ("/faturas/?release=contested", "admin"),
    "staff: dashboard": ("/painel/", "admin"),
}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--few", type=int, default=10_000)
    parser.add_argument("--many", type=int, default=200_000)
    parser.add_argument("--rounds", type=int, default=7)
    options = parser.parse_args()
    ground.compare_sizes(3, "≤ 1.2", PAGES, **vars(options))


if __name__ == "__main__":
    main()
