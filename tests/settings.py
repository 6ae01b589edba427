"""The portal's settings, with a state folder and a cache of the tests' own.

Where the environment says nothing: neither a real database nor the one of script/server.
"""

import os
import tempfile

os.environ.setdefault("VAR_DIR", tempfile.mkdtemp(prefix="balcao-test-"))
os.environ.setdefault("REDIS_URL", "memory://")
os.environ.setdefault("DEMO", "0")

from portal.settings import *
from portal.settings import CACHES, REDIS_URL

_worker = os.environ.get("PYTEST_XDIST_WORKER", "")
if _worker and REDIS_URL.startswith("redis://"):  # one cleared cache must not empty another's
    CACHES["default"]["LOCATION"] += f"/{int(_worker.removeprefix('gw')) + 1}"
