"""The desk of certificate orders: what it adds to the portal."""

from django.utils.translation import gettext_lazy as _

from portal import desks

desks.register(
    desks.Desk(name="orders", label=_("Certificate orders"), order=20, urls="orders.urls")
)
