"""Jobs that fetch what judging a certificate needs. Idempotent: the rows say what is still due."""

from collections.abc import Iterable

from certificates.trust import services
from portal.outbox.registry import job


@job("trust.check", attempts=2)
def check(
    lists: Iterable[int] = (), answers: Iterable[int] = (), issuers: Iterable[int] = ()
) -> None:
    """Fetch what these rows name, lists only if they are due."""
    services.fetch_rows(lists=lists, answers=answers, issuers=issuers)


@job("trust.fetch", attempts=2)
def fetch_again(pk: int) -> None:
    """Fetch one list, due or not."""
    services.fetch_list(pk)
