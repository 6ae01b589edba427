"""What the import of accesses adds to the desk: see ``proxies.desk``."""

from typing import Any

from celery.schedules import crontab
from django.utils.translation import gettext_lazy as _

from portal.vault.sealed import SealedField
from proxies.models import ProxyBatch, ProxyBatchRow

TYPED_TEXTS: dict[Any, tuple[str, ...]] = {
    ProxyBatch: ("name", "problem"),
    ProxyBatchRow: ("values", "errors"),
}
SEALED = [SealedField(ProxyBatchRow, "sealed")]
JOB_WORDS = {
    "proxies.apply_batch": _("Register the accesses of a spreadsheet"),
    "proxies.undo_batch": _("Undo an import of accesses"),
    "proxies.clear_batch": _("Destroy the secrets of an import that is over"),
}
BEAT: dict[str, Any] = {
    "proxies-imports": {
        "task": "proxies.tasks.discard_imports", "schedule": crontab(minute=23),
    },
}  # fmt: skip
