"""gunicorn, the same under script/server, in the container and under systemd."""

import contextlib
import gc
import os
from pathlib import Path
from typing import Any

bind = os.environ.get("BIND", "127.0.0.1:8000")
workers = int(os.environ.get("WEB_CONCURRENCY", "2"))
worker_class = "gthread"
threads = int(os.environ.get("WEB_THREADS", "4"))
preload_app = True  # shared memory; a broken setting ends the master at once

timeout = 60
graceful_timeout = 20
keepalive = 5
max_requests = 5000
max_requests_jitter = 500

# The proxy in front says who asks and over what; portal.settings reads it only from
# TRUSTED_PROXIES, so the address list here can be open.
forwarded_allow_ips = "*" if os.environ.get("TRUSTED_PROXIES", "0") != "0" else "127.0.0.1"

accesslog = None  # the proxy keeps it
errorlog = "-"
loglevel = os.environ.get("LOG_LEVEL", "info").lower()
control_socket_disable = True
GARBAGE = 10_000  # objects made before garbage is looked for
if Path("/dev/shm").is_dir():
    worker_tmp_dir = "/dev/shm"  # the heartbeat does not wait for a disk


def when_ready(server: Any) -> None:  # noqa: ARG001
    """Just before the workers are forked: load all pages' code, and never look for garbage in it.

    A full collection stopped every thread of a worker for four times as long as a page takes; it
    was the slowest hundredth of requests. And a page makes thousands of objects that go by
    themselves: looked for after every 700, as Python does, garbage cost a tenth of it.
    """
    from django.urls import get_resolver  # noqa: PLC0415  (the settings are read by now)

    from portal.files.uploads import sweep_uploads  # noqa: PLC0415

    with contextlib.suppress(
        OSError
    ):  # a folder that cannot be written is told by its first upload
        sweep_uploads()  # of this machine; the worker that sweeps each hour may be on another
    _ = get_resolver().url_patterns
    gc.collect()
    gc.freeze()
    gc.set_threshold(GARBAGE)
