"""Line 2: the tail of the client's list under eight clients at once, p99 against p50.

    .venv/bin/python bench/line_02_tail.py [--seconds 20] [--clients 8] [--documents 10000]

A real gunicorn with the configuration of deployment; each client is a process of its own that
keeps its connection. Wall time, so it tells more the quieter the machine is: the bare view is
measured in turns beside it.
"""

import argparse
import http.client
import os
import statistics
import subprocess
import sys
import time
from datetime import date
from multiprocessing import Pool

import ground

PAGES = {"list page": f"/faturas/?period={date.today():%m/%Y}", "bare page": "/acessibilidade/"}  # noqa: DTZ011
SLICES = 5


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=20)
    parser.add_argument("--clients", type=int, default=8)
    parser.add_argument("--documents", type=int, default=10_000)
    options = parser.parse_args()
    import throwaway

    with ground.servers() as environment:
        os.environ.update(environment)
        cookie = ground.Site(options.documents).cookies["ana"]
        port = throwaway.free_port()
        server = serve({**environment, "PORT": str(port)}, port)
        try:
            measure(port, cookie, options.clients, options.seconds)
        finally:
            server.terminate()
            server.wait(30)


def serve(environment: dict[str, str], port: int) -> "subprocess.Popen[bytes]":
    """gunicorn over the filled database, once it answers."""
    from django.conf import settings
    from django.core.management import call_command

    settings.STORAGES["staticfiles"]["BACKEND"] = (
        "whitenoise.storage.CompressedManifestStaticFilesStorage"
    )
    call_command("collectstatic", interactive=False, verbosity=0)
    command = [sys.executable, "-m", "gunicorn", "-c", "deploy/gunicorn.conf.py", "portal.wsgi"]
    bound = [*command, "--bind", f"127.0.0.1:{port}", "--access-logfile", os.devnull]
    server = subprocess.Popen(bound, cwd=ground.ROOT, env=environment)
    for _ in range(100):
        time.sleep(0.2)
        try:
            one(http.client.HTTPConnection("127.0.0.1", port), "/saude/vivo", "")
        except OSError:
            continue
        return server
    raise RuntimeError("gunicorn did not start")


def measure(port: int, cookie: str, clients: int, seconds: float) -> None:
    """Slices of the list and of the bare page in turns."""
    found: dict[str, list[tuple[float, float]]] = {name: [] for name in PAGES}
    with Pool(clients) as pool:
        for number in range(SLICES + 1):
            for name, path in PAGES.items():
                jobs = [(port, path, cookie, seconds / SLICES / 2)] * clients
                times = sorted(t for part in pool.starmap(hammer, jobs) for t in part)
                if number:
                    percentiles = statistics.quantiles(times, n=100)
                    found[name].append((percentiles[98] * 1000, percentiles[49] * 1000))
    for name, slices in found.items():
        p99, p50 = (statistics.median(column) for column in zip(*slices, strict=True))
        ground.report(2, f"{name}: p99 against p50, {clients} clients", p99, p50, "≤ 2")


def hammer(port: int, path: str, cookie: str, seconds: float) -> list[float]:
    """One client: seconds that each answer took."""
    connection, times = http.client.HTTPConnection("127.0.0.1", port), []
    end = time.perf_counter() + seconds
    while time.perf_counter() < end:
        start = time.perf_counter()
        one(connection, path, cookie)
        times.append(time.perf_counter() - start)
    return times


def one(connection: http.client.HTTPConnection, path: str, cookie: str) -> None:
    connection.request("GET", path, headers={"Cookie": cookie} if cookie else {})
    response = connection.getresponse()
    response.read()
    if response.status != 200:
        raise RuntimeError(f"{path}: {response.status}")


if __name__ == "__main__":
    main()
