"""Municipalities: what they add to the portal."""

from django.utils.translation import gettext_lazy as _

from portal import desks

desks.register(
    desks.Desk(
        name="municipalities",
        label=_("Municipalities"),
        order=95,
        urls="portal.municipalities.urls",
    )
)
