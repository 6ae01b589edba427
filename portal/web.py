"""What a request passes through, and where its page's template is looked for.

Knows no Django, because ``portal.settings`` asks it.
"""

from pathlib import Path
from typing import Any

MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "portal.compression.CompressPages",
    "portal.accounts.limits.ForgivingMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "portal.accounts.middleware.SessionUserMiddleware",
    "portal.accounts.middleware.PrivatePages",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "csp.middleware.CSPMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "portal.bodies.BodyMiddleware",
    "django.contrib.auth.middleware.LoginRequiredMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "portal.accounts.activity.SessionActivityMiddleware",
    "portal.accounts.middleware.AccountStateMiddleware",
    "portal.files.middleware.StoreDownMiddleware",
]


def templates(folder: Path) -> list[dict[str, Any]]:
    """``TEMPLATES``: those in ``folder`` first, then those of the apps, each parsed once."""
    return [
        {
            "BACKEND": "django.template.backends.django.DjangoTemplates",
            "DIRS": [folder],
            "OPTIONS": {
                "loaders": [
                    (
                        "django.template.loaders.cached.Loader",
                        [
                            "django.template.loaders.filesystem.Loader",
                            "django.template.loaders.app_directories.Loader",
                        ],
                    )
                ],
                "context_processors": [
                    "django.template.context_processors.request",
                    "django.contrib.auth.context_processors.auth",
                    "django.contrib.messages.context_processors.messages",
                    "portal.provider.context.provider",
                    "portal.ui.context.navigation",
                ],
                "builtins": [
                    "portal.ui.templatetags.ui",
                    "django.templatetags.i18n",
                ],
            },
        }
    ]
