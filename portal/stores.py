"""Where files and the cache are kept, as Django's settings want it told.

Knows no Django, because ``portal.settings`` asks it.
"""

from pathlib import Path
from typing import Any

import environ

_MEMORY = "django.core.cache.backends.locmem.LocMemCache"


def storages(env: environ.Env, root: Path, *, bucket: str, accel_prefix: str) -> dict[str, Any]:
    """``STORAGES``: private files under ``root``, or in the ``bucket`` if there is one."""
    return {
        "default": _bucket(env, bucket) if bucket else _folder(root, by_nginx=bool(accel_prefix)),
        "staticfiles": {
            "BACKEND": "whitenoise.storage.CompressedManifestStaticFilesStorage",
            "OPTIONS": {"file_permissions_mode": 0o644, "directory_permissions_mode": 0o755},
        },
    }


def _folder(root: Path, *, by_nginx: bool) -> dict[str, Any]:
    """nginx's user reads by the group of the folder, which the set-group-ID bit hands down."""
    return {
        "BACKEND": "django.core.files.storage.FileSystemStorage",
        "OPTIONS": {
            "location": str(root),
            "base_url": None,
            "file_permissions_mode": 0o640 if by_nginx else 0o600,
            "directory_permissions_mode": 0o2750 if by_nginx else 0o700,
        },
    }


def _bucket(env: environ.Env, name: str) -> dict[str, Any]:
    endpoint = env.str("S3_ENDPOINT_URL", default="")
    return {
        "BACKEND": "portal.files.bucket.PrivateBucket",
        "OPTIONS": {
            "bucket_name": name,
            "endpoint_url": endpoint or None,
            "access_key": env.str("S3_ACCESS_KEY"),
            "secret_key": env.str("S3_SECRET_KEY"),
            "region_name": env.str("S3_REGION", default=None),
            "signature_version": "s3v4",
            "addressing_style": "path" if endpoint else "auto",
            "default_acl": None,
            "querystring_auth": True,
            "querystring_expire": 60,
            "file_overwrite": False,
        },
    }


def caches(redis_url: str) -> dict[str, dict[str, Any]]:
    """``CACHES``: in the server at ``redis_url``, or in the memory of this process."""
    return {
        "default": _shared(redis_url),
        # Of sessions, which are in the database: one that ended while the cache was down could
        # open from an old copy for no longer than this.
        "sessions": _shared(redis_url, longest=60),
        # Of each process: what may be some seconds old, and nothing that says what somebody may
        # see.
        "process": {
            "BACKEND": _MEMORY,
            "LOCATION": "process",
            "OPTIONS": {"MAX_ENTRIES": 10_000},
        },
    }


def _shared(redis_url: str, **options: Any) -> dict[str, Any]:
    if redis_url == "memory://":
        return {"BACKEND": _MEMORY, "LOCATION": "tests"}
    # Version 2 is JSON: what an older release has pickled there is never read.
    shared = {"BACKEND": "portal.cache.FailOpenRedisCache", "LOCATION": redis_url, "VERSION": 2}
    return {**shared, "OPTIONS": options}
