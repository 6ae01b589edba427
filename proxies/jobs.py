"""Jobs of the desk of accesses: each loads by key, calls a service, and may run twice."""

from django.utils import timezone

from portal.accounts.models import User
from portal.outbox.registry import job
from proxies.models import Proxy
from proxies.services import checks


@job(checks.JOB, attempts=3)
def check(proxy: int, by: int | None) -> None:
    """Try an access at its agency; another run of it that is still alive goes on alone."""
    found = Proxy.objects.select_related("office", "agency").filter(pk=proxy).first()
    user = User.objects.filter(pk=by).first() if by is not None else None
    if found:
        checks.run(found, by=user, at=timezone.now())
