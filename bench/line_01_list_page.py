"""Line 1: CPU of the client's list of 25 rows against a bare view behind the same middleware.

    .venv/bin/python bench/line_01_list_page.py [--documents 10000] [--rounds 9]

Two floors: the bare view asked by the same signed-in person, and by a stranger.
"""

import argparse
import os

import ground


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--documents", type=int, default=10_000)
    parser.add_argument("--rounds", type=int, default=9)
    options = parser.parse_args()
    with ground.servers() as environment:
        os.environ.update(environment)
        site = ground.Site(options.documents)
        page = site_page()
        for measure, floor_path, floor_who in (
            ("list page, signed in, against a bare view signed in", "/nada/", "ana"),
            ("list page, signed in, against a bare view for strangers", "/nada/publico/", ""),
        ):
            ours, floor, _ = ground.median_of_pairs(
                lambda: site.own_cpu(page, "ana"),
                lambda: site.own_cpu(floor_path, floor_who, 100),  # noqa: B023
                options.rounds,
            )
            queries = site.queries(page, "ana")
            ground.report(1, measure, ours, floor, "≤ 10, ≤ 4 queries", queries=queries)


def site_page() -> str:
    """The list of a month that has 25 rows and more."""
    from datetime import date

    return f"/faturas/?period={date.today():%m/%Y}"  # noqa: DTZ011


if __name__ == "__main__":
    main()
