"""Notices on pages that know nothing of them."""

from typing import Any

from django import template
from django.utils import timezone

from portal.news.models import Notice

register = template.Library()


@register.simple_tag(takes_context=True)
def latest_notices(context: dict[str, Any], most: int) -> list[Notice]:
    """The first few notices that whoever asks may see; one query."""
    visible = Notice.objects.visible_to(context["request"].user, at=timezone.now())
    return list(visible.defer("body")[:most])
