"""gunicorn for the certificate entrance: with TLS of its own, or on a Unix socket behind nginx."""

import os
import ssl
import sys
from pathlib import Path

sys.path.insert(0, str(Path.cwd()))
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "portal.settings")

import django

django.setup(set_prefix=False)

from certificates.entrance.door import tls  # noqa: E402 - needs the settings

bind = os.environ.get("ENTRANCE_BIND", "127.0.0.1:8443")
# One process: a browser's parallel connections resume one handshake, and a token is asked once.
workers = 1
worker_class = "gthread"
threads = int(os.environ.get("ENTRANCE_THREADS", "8"))
preload_app = True

timeout = 60
graceful_timeout = 20
keepalive = 5
max_requests = 5000
max_requests_jitter = 500
limit_request_field_size = 16384  # the certificate in nginx's header

if bind.startswith("unix:"):
    umask = 0o007  # nginx's user must be in our group; nobody else gets to the socket
else:
    certfile, keyfile = map(str, tls.server_files())
    cert_reqs = int(ssl.CERT_OPTIONAL)

    def ssl_context(_config, _default):
        """Our own context: pinned authorities, expired certificates let in to be told so."""
        return tls.contexts.current()


accesslog = None  # addresses there carry tickets
errorlog = "-"
loglevel = os.environ.get("LOG_LEVEL", "info").lower()
control_socket_disable = True
if Path("/dev/shm").is_dir():
    worker_tmp_dir = "/dev/shm"  # the heartbeat does not wait for a disk
