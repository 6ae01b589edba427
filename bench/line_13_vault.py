"""Line 13: seal and open 1 KB with the vault, CPU, against raw AES-256-GCM of the same bytes.

.venv/bin/python bench/line_13_vault.py [--rounds 9] [--times 4000]
"""

import argparse
import os
import tempfile
import time
from collections.abc import Callable

import ground


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=9)
    parser.add_argument("--times", type=int, default=4000)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        prepare(folder)
        for measure, ours, floor in pairs():
            mine, raw, _ = ground.median_of_pairs(
                lambda: milliseconds(ours, options.times),  # noqa: B023
                lambda: milliseconds(floor, options.times),  # noqa: B023
                options.rounds,
            )
            ground.report(13, measure, mine, raw, "≤ 10")


def prepare(folder: str) -> None:
    os.environ.update(
        VAR_DIR=folder, REDIS_URL="memory://", DJANGO_SETTINGS_MODULE="portal.settings"
    )
    os.environ.pop("DATABASE_URL", None)
    import django

    django.setup()


def pairs() -> list[tuple[str, Callable[[], object], Callable[[], object]]]:
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM

    from portal.vault.services import open_sealed, seal

    secret, nonce, extra = os.urandom(1024), os.urandom(12), b"bench"
    raw = AESGCM(os.urandom(32))
    raw_sealed = raw.encrypt(nonce, secret, extra)
    place = {"label": "bench", "tenant": "company:1", "row": "123456", "field": "password"}
    sealed = seal(secret, **place)
    return [
        ("seal 1 KB", lambda: seal(secret, **place), lambda: raw.encrypt(nonce, secret, extra)),
        (
            "open 1 KB",
            lambda: open_sealed(sealed, **place),
            lambda: raw.decrypt(nonce, raw_sealed, extra),
        ),
    ]


def milliseconds(work: Callable[[], object], times: int) -> float:
    start = time.process_time()
    for _ in range(times):
        work()
    return (time.process_time() - start) / times * 1000


if __name__ == "__main__":
    main()
