"""The ground every desk stands on: people, access, files, vault, mail, audit."""

from portal.celery import app as celery_app

__all__ = ["celery_app"]
