"""What the search box of the portal finds of powers of attorney."""

from django.utils import timezone

from portal import desks
from portal.accounts.scope import RequestScope
from proxies.powers.forms.lists import found_by
from proxies.powers.models import Power


def find(scope: RequestScope, text: str, limit: int) -> list[desks.Hit]:
    """Those that the person may see, drafts apart, the newest first."""
    visible = Power.objects.visible_to(scope.user, at=timezone.now())
    found = visible.exclude(status=Power.Status.DRAFT).filter(found_by(text))
    rows = found.defer("record", "signature").order_by("-created_at", "-pk")[:limit]
    return [_hit(power) for power in rows]


def _hit(power: Power) -> desks.Hit:
    state = power.state(timezone.localdate()).label
    return desks.Hit(
        title=f"{power.grantor_name} → {power.grantee_name}", text=f"{state} · {power.shown_code}",
        url=power.get_absolute_url(), when=f"{power.ends_on:%d/%m/%Y}",
    )  # fmt: skip
