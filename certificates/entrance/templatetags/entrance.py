"""Template tags: whether certificate login is offered, and a masked CPF."""

from django import template

from certificates.entrance import addresses
from portal.taxid import mask_cpf

register = template.Library()
register.filter("masked_cpf", mask_cpf)


@register.simple_tag
def certificate_login() -> bool:
    """Whether there is an entrance to offer."""
    return addresses.is_offered()
