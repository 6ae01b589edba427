"""The portal's settings, with a state folder and a cache of the tests' own.

Where the environment says nothing: neither a real database nor the one of script/server.
"""

import atexit
import base64
import json
import os
import shutil
import tempfile
from pathlib import Path
from typing import Any

if "VAR_DIR" not in os.environ:
    os.environ["VAR_DIR"] = tempfile.mkdtemp(prefix="balcao-test-")
    atexit.register(shutil.rmtree, os.environ["VAR_DIR"], ignore_errors=True)
os.environ.setdefault("REDIS_URL", "memory://")
os.environ.setdefault("DEMO", "0")

from portal.settings import *
from portal.settings import CACHES, DATABASES, REDIS_URL, STATIC_ROOT, VAULT_KEYRING_FILE

BATCH_MAIL_MINUTES = 0  # its own tests let mails wait
STAFF_MFA_REQUIRED = False  # its own tests switch it on
if VAULT_KEYRING_FILE:  # else the first test to seal would have to look into the database
    Path(VAULT_KEYRING_FILE).parent.mkdir(parents=True, exist_ok=True)
    Path(VAULT_KEYRING_FILE).write_text(json.dumps({"tests": base64.b64encode(b"k" * 32).decode()}))
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
STATIC_ROOT.mkdir(parents=True, exist_ok=True)  # WhiteNoise warns of its absence

if DATABASES["default"]["ENGINE"].endswith("sqlite3"):  # nothing here outlives a power failure
    _database: dict[str, Any] = DATABASES["default"]
    _database["OPTIONS"]["init_command"] += " PRAGMA synchronous=OFF;"
    _database["OPTIONS"]["timeout"] = 600  # seconds that one writer waits for another

_worker = os.environ.get("PYTEST_XDIST_WORKER", "")
if _worker and REDIS_URL.startswith("redis://"):  # one cleared cache must not empty another's
    for _alias in ("default", "sessions"):
        CACHES[_alias]["LOCATION"] += f"/{int(_worker.removeprefix('gw')) + 1}"
