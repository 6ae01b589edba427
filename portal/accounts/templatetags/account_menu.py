"""What the top bar knows about the person."""

from typing import Any

from django import template

from portal.accounts import switcher

register = template.Library()


@register.simple_tag(takes_context=True)
def account_menu(context: dict[str, Any]) -> switcher.AccountMenu:
    """``{% account_menu as menu %}``: companies and units to choose from, and the one chosen."""
    return switcher.account_menu(context["request"])
