"""The search over all desks: what it adds to the portal."""

from django.utils.translation import gettext_lazy as _

from portal import desks
from portal.accounts.limits import Limit

desks.register(
    desks.Desk(
        name="search",
        label=_("Search"),
        order=3,
        urls="portal.search.urls",
        limits={"search": Limit(60, 60)},
    )
)
