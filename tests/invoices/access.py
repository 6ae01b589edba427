"""Who may use the addresses of the invoice desk."""

from typing import Any

from django.utils import timezone

from invoices.models import Batch, InvoiceDraft, PurgeRun
from tests.access import Access, Own
from tests.factories import Cast, make_document

PUBLISH = "invoices.publish_document"
PURGES = "invoices.view_purgerun"
DOCUMENT = {
    "invoices:document", "invoices:open", "invoices:save", "invoices:preview", "invoices:check",
    "invoices:release", "invoices:contest",
}  # fmt: skip
NOT_THERE_YET = {"invoices:signature", "invoices:receipt"}
PUBLISHED = {"invoices:published", "invoices:withdraw"}
BATCH = {
    "invoices:batch", "invoices:batch_progress", "invoices:batch_rows", "invoices:batch_errors",
    "invoices:batch_publish", "invoices:batch_undo", "invoices:batch_discard",
    "invoices:batch_go_on", "invoices:batch_stop",
}  # fmt: skip
DRAFT = {
    "invoices:draft", "invoices:draft_edit", "invoices:draft_pdf", "invoices:draft_publish",
    "invoices:draft_discard",
}  # fmt: skip
TEMPLATES = {"invoices:batch_template", "invoices:draft_template"}
RUN = {"invoices:purge_run", "invoices:purge_run_csv"}


def _arguments(cast: Cast) -> dict[str, dict[str, Any]]:
    now = timezone.now()
    document = make_document(cast.unit_a1)
    batch = Batch.objects.create(name="Lote", created_by=cast.faturista)
    draft = InvoiceDraft.objects.create(
        unit=cast.unit_a1, type=document.type, period=document.period, number="9",
        due_date=now.date(),
    )  # fmt: skip
    run = PurgeRun.objects.create(started_at=now, touched_at=now, as_of=now)
    return {
        **{name: {"pk": document.pk} for name in DOCUMENT | NOT_THERE_YET | PUBLISHED},
        "invoices:preview": {"pk": document.pk, "page": 1},
        "invoices:verify_code": {"code": document.verification_code},
        **{name: {"pk": batch.pk} for name in BATCH},
        **{name: {"pk": draft.pk} for name in DRAFT},
        **{name: {"extension": "csv"} for name in TEMPLATES},
        **{name: {"pk": run.pk} for name in RUN},
    }


ACCESS = Access(
    service="invoices",
    public={"invoices:verify", "invoices:verify_code"},
    member={
        "invoices:list", "invoices:reports", "invoices:export_zip", "invoices:export_csv",
        "invoices:export_xlsx", "invoices:questions", "invoices:removed", "invoices:removed_csv",
        "invoices:removed_xlsx",
    },
    staff={
        **dict.fromkeys(PUBLISHED | BATCH | DRAFT | TEMPLATES, PUBLISH),
        "invoices:publish_one": PUBLISH,
        "invoices:publish_confirm": PUBLISH,
        "invoices:batches": PUBLISH,
        "invoices:batch_new": PUBLISH,
        "invoices:drafts": PUBLISH,
        "invoices:draft_new": PUBLISH,
        "invoices:draft_import": PUBLISH,
        **dict.fromkeys(RUN, PURGES),
        "invoices:purge_runs": PURGES,
    },
    own=[
        Own(
            DOCUMENT | NOT_THERE_YET,
            owners=["ana", "only_invoices"],
            opens=DOCUMENT,
            readers=["faturista", "atendente", "admin"],
        )
    ],
    arguments=_arguments,
)  # fmt: skip
