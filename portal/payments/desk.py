"""Payments: what they add to the portal."""

from django.utils.translation import gettext_lazy as _

from portal import desks

desks.register(
    desks.Desk(name="payments", label=_("Payments"), order=60, urls="portal.payments.urls")
)
