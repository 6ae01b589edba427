"""The desk of stored access: what it adds to the portal. Nothing yet but its name."""

from django.utils.translation import gettext_lazy as _

from portal import desks

desks.register(desks.Desk(name="proxies", label=_("Stored access"), order=40))
