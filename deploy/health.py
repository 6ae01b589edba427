"""Ends with 0 when the web server here answers that its database and its store do."""

import http.client
import os
import sys
from urllib.parse import urlsplit

port = int(os.environ.get("BIND", "127.0.0.1:8000").rpartition(":")[2])
host = urlsplit(os.environ.get("BASE_URL", "")).hostname or "127.0.0.1"
connection = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
try:
    connection.request("GET", "/saude/pronto", headers={"Host": host})
    sys.exit(connection.getresponse().status != http.HTTPStatus.OK)
except OSError:
    sys.exit(1)
