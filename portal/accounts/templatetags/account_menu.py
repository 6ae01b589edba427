"""What the top bar knows about the person."""

from typing import Any

from django import template

from portal.accounts import context as account_context

register = template.Library()


@register.simple_tag(takes_context=True)
def account_menu(context: dict[str, Any]) -> account_context.AccountMenu:
    """``{% account_menu as menu %}``: computed once per page."""
    request = context["request"]
    if not hasattr(request, "_account_menu"):
        request._account_menu = account_context.account_menu(request)
    menu: account_context.AccountMenu = request._account_menu
    return menu
