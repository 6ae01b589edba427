"""Import of accesses by a spreadsheet: what was handed in, and its rows.

The file itself is kept nowhere. The secrets of a row that is to be registered wait sealed.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, ClassVar

from django.db import models
from django.utils.translation import gettext_lazy as _

from portal.accounts.models import Company
from portal.batches.models import AbstractBatch, AbstractBatchRow, BatchJobs, BatchStatus
from portal.taxid import is_cnpj, is_cpf, normalise, public_tax_id
from portal.transitions import FINAL
from proxies.models.offices import offices_visible_to
from proxies.models.proxies import Proxy

_DISCARD = ("{model.URL_NAME}_discard", "proxies.tasks.discard_imports")


class ProxyBatchQuerySet(models.QuerySet["ProxyBatch"]):
    def visible_to(self, user: Any, *, at: datetime | None = None) -> "ProxyBatchQuerySet":
        """Those of the offices whose accesses the person may list; staff of the provider, who see
        no import, have none."""
        if getattr(user, "is_staff", False):
            return self.none()
        return self.filter(office__in=offices_visible_to(user, at=at))


class ProxyBatch(AbstractBatch):
    """One spreadsheet of accesses of an office. It is read and checked while it is handed in.

    ``sha256`` is no plain hash: by one the passwords of the file could be guessed. The keyed one
    stands there while the import may be carried out.
    """

    # Read, checked and destroyed in the request that brings it.
    TRANSITIONS = {
        BatchStatus.UPLOADED: {BatchStatus.CHECKING: "proxies:new_batch"},
        BatchStatus.CHECKING: {BatchStatus.CHECKED: "proxies:new_batch"},
        BatchStatus.CHECKED: {
            BatchStatus.APPLYING: "{model.APPLY_URL_NAME}",
            BatchStatus.DISCARDED: _DISCARD,
        },
        BatchStatus.REFUSED: {BatchStatus.DISCARDED: _DISCARD},
        BatchStatus.APPLYING: {
            BatchStatus.APPLIED: ("{model.URL_NAME}_stop", "{model.JOBS.apply}")
        },
        BatchStatus.APPLIED: {BatchStatus.UNDOING: "{model.URL_NAME}_undo"},
        BatchStatus.UNDOING: {
            BatchStatus.UNDONE: "{model.JOBS.undo}",
            BatchStatus.APPLIED: "{model.URL_NAME}_stop",
        },
        BatchStatus.UNDONE: FINAL,
        BatchStatus.DISCARDED: FINAL,
    }
    JOBS = BatchJobs(
        check="", apply="proxies.apply_batch", undo="proxies.undo_batch",
        clear="proxies.clear_batch",
    )  # fmt: skip
    URL_NAME = "proxies:batch"
    APPLY_URL_NAME = "proxies:batch_apply"
    UPLOADS = ()

    office = models.ForeignKey(
        Company, on_delete=models.PROTECT, related_name="proxy_batches", verbose_name=_("office")
    )

    objects = ProxyBatchQuerySet.as_manager()

    class Meta(AbstractBatch.Meta):
        verbose_name = _("import of accesses")
        verbose_name_plural = _("imports of accesses")
        ordering = ("-pk",)
        indexes = [models.Index(fields=["office", "-id"], name="proxies_batch_by_office")]

    @property
    def audit_company(self) -> int:
        return self.office_id


class ProxyBatchRow(AbstractBatchRow):
    """One line of the spreadsheet, and the access that came of it.

    ``values`` has no secret. ``sealed`` holds those of a row that is to be registered, until it
    is registered or the import is discarded; ``given`` says which they are.
    """

    class Outcome(models.TextChoices):
        NEW = "new", _("New")
        KNOWN = "known", _("Here already")
        ERROR = AbstractBatchRow.ERROR, _("Error")

    TO_APPLY = (Outcome.NEW,)
    OUTCOME_TONES: ClassVar[Mapping[str, str]] = {
        Outcome.NEW: "ok", Outcome.KNOWN: "muted", Outcome.ERROR: "bad",
    }  # fmt: skip

    batch = models.ForeignKey(ProxyBatch, on_delete=models.CASCADE, related_name="rows")
    outcome = models.CharField(_("outcome"), max_length=10, choices=Outcome.choices)
    given = models.JSONField(default=list)
    sealed = models.BinaryField(null=True, editable=False)
    proxy = models.ForeignKey(
        Proxy, on_delete=models.SET_NULL, null=True, blank=True, related_name="+"
    )

    class Meta:
        verbose_name = _("row of an import of accesses")
        verbose_name_plural = _("rows of imports of accesses")
        constraints = [
            models.UniqueConstraint(fields=["batch", "line"], name="proxies_batch_line_once")
        ]

    def __str__(self) -> str:
        return f"{self.batch_id}/{self.line}"

    @property
    def tone(self) -> str:
        """The badge tone of its outcome."""
        return self.OUTCOME_TONES.get(self.outcome, "info")

    @property
    def shown_holder(self) -> str:
        """As ``Proxy.shown_holder``; what is no CPF or CNPJ stands as it was typed."""
        typed = str(self.values.get("titular", ""))
        number = normalise(typed)
        return public_tax_id(number) if is_cpf(number) or is_cnpj(number) else typed

    def vault_context(self) -> dict[str, Any]:
        """Where the vault binds its secrets: see ``portal.vault.services.seal``."""
        return {
            "label": "proxies.import",
            "tenant": str(self.batch.office_id),
            "row": f"{self.batch_id}/{self.line}",
            "field": "secrets",
        }
