"""Who may use the queues' addresses, saved queues, canned answers, bulk acts; see ``access``."""

from typing import Any

from tests.factories import Cast
from tickets.models import CannedReply, SavedQueue

QUEUE = {
    "tickets:queue", "tickets:queue_csv", "tickets:queue_xlsx", "tickets:agent_settings",
    "tickets:saved_queues", "tickets:save_queue", "tickets:canned",
}  # fmt: skip
SAVED_QUEUE = {"tickets:saved_queue", "tickets:saved_queue_delete"}
BULK = {"tickets:bulk", "tickets:bulk_done", "tickets:canned_new"}
CANNED_REPLY = {"tickets:canned_change", "tickets:canned_delete"}
STAFF = {
    **dict.fromkeys(QUEUE | SAVED_QUEUE, "tickets.view_ticket"),
    **dict.fromkeys(BULK | CANNED_REPLY, "tickets.change_ticket"),
}


def arguments(cast: Cast) -> dict[str, dict[str, Any]]:
    which = SavedQueue.objects.count()  # a walk may make its world twice
    saved = SavedQueue.objects.create(
        user=cast.admin, name=f"Urgentes {which}", query="queue=answer"
    )
    reply = CannedReply.objects.create(
        user=cast.admin, title=f"Saudação {which}", html="<p>Olá.</p>"
    )
    return {
        **{name: {"pk": saved.pk} for name in SAVED_QUEUE},
        **{name: {"pk": reply.pk} for name in CANNED_REPLY},
    }
