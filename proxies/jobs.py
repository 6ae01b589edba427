"""Jobs of the desk of accesses: each loads by key, calls a service, and may run twice."""

from django.utils import timezone

from portal.accounts.models import User
from portal.batches.services import note_given_up
from portal.outbox.registry import job
from proxies.models import Proxy, ProxyBatch
from proxies.services import checks, importing


def _user(pk: int | None) -> User | None:
    return User.objects.filter(pk=pk).first() if pk is not None else None


@job(checks.JOB, attempts=3)
def check(proxy: int, by: int | None) -> None:
    """Try an access at its agency; another run of it that is still alive goes on alone."""
    found = Proxy.objects.select_related("office", "agency").filter(pk=proxy).first()
    if found:
        checks.run(found, by=_user(by), at=timezone.now())


def _batch_given_up(batch: int, by: int | None = None) -> None:  # noqa: ARG001 (of the job)
    note_given_up(ProxyBatch.objects.filter(pk=batch))


@job("proxies.apply_batch", attempts=8, gave_up=_batch_given_up)
def apply_batch(batch: int, by: int | None = None) -> None:
    """Register the next accesses of a spreadsheet."""
    if found := ProxyBatch.objects.filter(pk=batch).first():
        importing.apply_slice(found, by=_user(by))


@job("proxies.undo_batch", attempts=8, gave_up=_batch_given_up)
def undo_batch(batch: int, by: int | None = None) -> None:
    """Destroy the next accesses of an import that is being undone."""
    if found := ProxyBatch.objects.filter(pk=batch).first():
        importing.undo_slice(found, by=_user(by))


@job("proxies.clear_batch", attempts=8)
def clear_batch(batch: int, by: int | None = None) -> None:  # noqa: ARG001 (of all batches' jobs)
    """Destroy the secrets that waited for an import that is over."""
    if found := ProxyBatch.objects.filter(pk=batch).first():
        importing.clear(found)
