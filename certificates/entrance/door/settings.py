"""Settings of the entrance that differ from the portal's: no sessions, no login, two pages."""

from typing import Any
from urllib.parse import urlsplit

from django.conf import settings


def overrides() -> dict[str, Any]:
    host = urlsplit(settings.CERTIFICATE_ENTRANCE_URL).hostname
    return {
        "ROOT_URLCONF": "certificates.entrance.door.urls",
        "ALLOWED_HOSTS": [*settings.ALLOWED_HOSTS, *([host] if host else [])],
        "MIDDLEWARE": [
            "django.middleware.security.SecurityMiddleware",
            "whitenoise.middleware.WhiteNoiseMiddleware",
            "django.middleware.locale.LocaleMiddleware",
            "django.middleware.common.CommonMiddleware",
            "django.middleware.clickjacking.XFrameOptionsMiddleware",
            "csp.middleware.CSPMiddleware",
        ],
    }
