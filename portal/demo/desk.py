"""The demonstration: what it adds to the portal."""

from django.utils.translation import gettext_lazy as _

from portal import desks
from portal.demo.services import LOADED

desks.register(
    desks.Desk(
        name="demo",
        label=_("Demonstration"),
        order=84,
        audit_words={LOADED: _("Loaded the demonstration")},
    )
)
