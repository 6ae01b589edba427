"""What the search box of the portal finds of accesses: never by what is secret."""

from django.utils import timezone

from portal import desks
from portal.accounts.scope import RequestScope
from proxies.models import Proxy, offices_open_to
from proxies.services.listing import found_in


def find(scope: RequestScope, text: str, limit: int) -> list[desks.Hit]:
    """Those of the person's offices, the ones that end first before the others."""
    mine = Proxy.objects.filter(office__in=offices_open_to(scope.user))
    found = found_in(mine.exclude(status=Proxy.Status.DESTROYED), text)
    return [
        _hit(proxy) for proxy in found.select_related("agency").order_by("ends_on", "pk")[:limit]
    ]


def _hit(proxy: Proxy) -> desks.Hit:
    state = proxy.state(timezone.localdate()).label
    parts = (str(state), str(proxy.agency), proxy.holder_name)
    return desks.Hit(
        title=proxy.name, text=" · ".join(part for part in parts if part),
        url=proxy.get_absolute_url(), when=f"{proxy.ends_on:%d/%m/%Y}",
    )  # fmt: skip
