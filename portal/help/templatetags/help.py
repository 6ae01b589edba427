"""What other pages ask of the manuals."""

from django import template

from portal import desks
from portal.help.services import manuals

register = template.Library()


@register.simple_tag
def all_manuals() -> list[desks.Manual]:
    """The manuals, in the order of the desks."""
    return list(manuals().values())
