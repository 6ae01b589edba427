"""WSGI application of the entrance: the portal's settings with its own addresses and middleware."""

import os

import django
from django.conf import settings
from django.core.handlers.wsgi import WSGIHandler

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "portal.settings")
django.setup(set_prefix=False)

from certificates.entrance.door.settings import overrides  # noqa: E402 - needs the settings

for name, value in overrides().items():
    setattr(settings, name, value)
application = WSGIHandler()
