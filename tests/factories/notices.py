"""Notices of the portal."""

from datetime import timedelta

from django.utils import timezone

from portal.news.models import Notice


def make_notice(title: str = "Aviso", **values: object) -> Notice:
    """A published notice for everyone, an hour old."""
    values.setdefault("publish_from", timezone.now() - timedelta(hours=1))
    values = {"summary": "Resumo.", "body": "Texto.", "is_published": True, **values}
    return Notice.objects.create(title=title, **values)
