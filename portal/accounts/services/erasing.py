"""The slow half of an erasure: what anybody typed is gone through, and the person taken out of it.

The person's own row says nothing any more, so what is looked for is kept sealed until this is done.
"""

from collections.abc import Sequence
from datetime import datetime

from django.db import transaction
from django.db.models import Model, QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext as _

from portal import desks
from portal.accounts.models import ErasureRequest, User
from portal.accounts.services.erasure import forget_mail_later, queue, tell
from portal.accounts.services.mentions import Sought, redact
from portal.audit.services import record
from portal.outbox import people
from portal.transitions import IllegalTransition, advance

Status = ErasureRequest.Status
CHUNK = 5000  # rows of one transaction: some 70 ms


def work(pk: int, *, at: datetime) -> None:
    """Take the person of this ErasureRequest out of every text, and tell them.

    Goes on where a run before it was stopped; does nothing once all is done. Raises VaultError.
    """
    row = _under_way(pk).first()
    if row is None or row.sealed is None:
        return
    sought = Sought.opened(row.sealed, pk)
    if sought.pattern:
        for model, fields in desks.merged("typed").items():
            while _redact_chunk(pk, model, fields, sought.pattern):
                pass
        people.forget_named(row.user_id, pattern=sought.pattern)
    _finish(pk, sought.email, at=at)


def note_given_up(pk: int) -> None:
    """Note that the job was given up, so that the page of the request offers to go on."""
    _under_way(pk).update(
        problem=_("The work stopped after several attempts. See the outbox for the reason.")
    )


@transaction.atomic
def go_on(
    row: ErasureRequest, *, by: User, at: datetime, request: HttpRequest | None = None
) -> None:
    """Queue the job once more after it was given up. Raises IllegalTransition when it was not."""
    if not _under_way(row.pk).exclude(problem="").update(problem=""):
        raise IllegalTransition(_("This erasure waits for nothing."))
    record("erasure.resumed", target=row, actor=by, request=request, at=at)
    queue(row, at=at)


@transaction.atomic
def _redact_chunk(pk: int, model: type[Model], fields: Sequence[str], pattern: str) -> bool:
    """The next rows of one model; False when there are none. The lock keeps a second worker out."""
    row = _under_way(pk).select_for_update().first()
    if row is None:
        return False
    rows, label = model._default_manager.order_by("pk"), model._meta.label_lower
    if label in row.progress:
        rows = rows.filter(pk__gt=row.progress[label])
    keys = list(rows.values_list("pk", flat=True)[:CHUNK])
    if not keys:
        return False
    changed = redact(rows.filter(pk__lte=keys[-1]), *fields, pattern=pattern)
    if changed and (tell_desk := desks.merged("retyped").get(model)):
        tell_desk(changed)
    row.progress[label] = keys[-1]
    row.save(update_fields=["progress"])
    return True


@transaction.atomic
def _finish(pk: int, email: str, *, at: datetime) -> None:
    row = _under_way(pk).select_for_update().first()
    if row is None:
        return
    advance(row, to=Status.DONE, sealed=None, progress={}, problem="", at=at)
    tell(row, "erasure_done", email, "")
    forget_mail_later(row.user_id, at=at)


def _under_way(pk: int) -> QuerySet[ErasureRequest]:
    return ErasureRequest.objects.filter(pk=pk, status=Status.ERASING)
