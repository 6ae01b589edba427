"""Line 4: the administration's list, search and last page with many documents against few.

.venv/bin/python bench/line_04_admin_scale.py [--few 10000] [--many 200000] [--rounds 7]
"""

import argparse

import ground

LIST = "/admin/invoices/document/"
PAGES = {
    "admin: list": (LIST, "admin"),
    "admin: search by number": (f"{LIST}?q=x77", "admin"),
    "admin: search by the code of a unit": (f"{LIST}?q=U1", "admin"),
    "admin: filter by release": (f"{LIST}?release__exact=pending", "admin"),
    "admin: last page": (f"{LIST}?p=last", "admin"),
}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--few", type=int, default=10_000)
    parser.add_argument("--many", type=int, default=200_000)
    parser.add_argument("--rounds", type=int, default=7)
    options = parser.parse_args()
    ground.compare_sizes(4, "≤ 1.5", PAGES, **vars(options))


if __name__ == "__main__":
    main()
