"""“Buscar CEP” in a form with an address: the page again, with the address filled in."""

from typing import Any

from django.http import HttpRequest
from django.utils.translation import gettext as _

from orders.forms.registration import with_address_of_cep
from portal.accounts.limits import limited
from portal.accounts.views.codes import typed_so_far
from portal.municipalities import cep


def filled_in(request: HttpRequest) -> dict[str, Any] | None:
    """What the form starts with once the button was pressed: all that was typed but passwords, and
    what is known of the CEP. None where it was not pressed. Not inside a transaction."""
    if cep.BUTTON not in request.POST:
        return None
    typed = typed_so_far(request)
    if limited(request, "cep"):
        return {**typed, cep.SAID: _("Many CEPs were looked up: fill the address in yourself.")}
    return with_address_of_cep(typed)
