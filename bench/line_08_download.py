"""Line 8: a download against a bare view, and its memory.

    .venv/bin/python bench/line_08_download.py [--rounds 9] [--bytes 30000] [--many 400]

Requests per second are the inverse of the CPU time of this process; both by a signed-in person.
"Handed over" is a download that nginx sends (X-Accel-Redirect), "streamed" one that we send.
"""

import argparse
import os
import resource

import ground


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=9)
    parser.add_argument("--bytes", type=int, default=30_000)
    parser.add_argument("--many", type=int, default=400)
    options = parser.parse_args()
    with ground.servers() as environment:
        os.environ.update(environment)
        site = ground.Site(1000)
        path = store(options.bytes)
        for measure, prefix in (("handed over", "/privado"), ("streamed", "")):
            compare(site, measure, prefix, path, options.rounds)
        memory(site, store(20_000_000), options.many)


def compare(site: ground.Site, measure: str, prefix: str, path: str, rounds: int) -> None:
    from django.conf import settings

    from invoices.services import history

    settings.PRIVATE_ACCEL_PREFIX = prefix
    history._is_first = lambda _key: True  # the dearest case: each download is noted
    ours, floor, _ = ground.median_of_pairs(
        lambda: site.own_cpu(path, "ana", 40), lambda: site.own_cpu("/nada/", "ana", 100), rounds
    )
    rate = {"ours_per_s": round(1000 / ours), "floor_per_s": round(1000 / floor)}
    more = {"rate_ratio": round(floor / ours, 3), "queries": site.queries(path, "ana"), **rate}
    ground.report(8, f"download, {measure}", ours, floor, "rate_ratio ≥ 0.10, ≤ 3 queries", **more)


def memory(site: ground.Site, path: str, many: int) -> None:
    """Peak memory after ``many`` downloads of 20 MB against after the first few."""
    for _ in range(10):
        site.get(path, "ana")
    few = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    for _ in range(many):
        site.get(path, "ana")
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    ground.report(8, "peak memory, MB", peak / 1024, few / 1024, "≤ 1.05")


def store(size: int) -> str:
    """The address of one of Ana's documents, with so many bytes in the store."""
    from invoices.models import Document
    from portal.files import services as files

    document = Document.objects.filter(number__startswith="o").order_by("?")[0]
    stored = files.store(
        b"%PDF-1.7\n" + os.urandom(size), prefix="invoices/documents", name="f.pdf"
    )
    files.claim(stored.key)
    Document.objects.filter(pk=document.pk).update(
        file_key=stored.key, size=stored.size, sha256=stored.sha256
    )
    return f"/documentos/{document.pk}/salvar/"


if __name__ == "__main__":
    main()
