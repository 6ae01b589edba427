"""The invoice desk: what it adds to the portal."""

from celery.schedules import crontab
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _
from django.utils.translation import gettext_noop

from invoices.models import DocumentType
from invoices.models.documents import SERVICE
from invoices.services.erasure import TYPED
from invoices.services.history import personal_events
from invoices.services.questions import personal_questions
from invoices.views import cards, finding
from portal import desks
from portal.accounts.limits import Limit
from portal.accounts.scope import scope_of
from portal.permissions import ADMINISTRATION, BILLING, HELP_DESK, all_of, may_work

PUBLISH = "invoices.publish_document"
VIEW_DOCUMENTS = ["invoices.view_document", "invoices.view_documenttype", "invoices.view_tombstone"]
PUBLISHING = [
    PUBLISH, "invoices.hold_document", "invoices.change_document",
    *all_of("invoices", "batch", "batchrow", "invoicedraft", "invoiceitem"),
    "invoices.view_documentevent", "invoices.view_purgerun",
]  # fmt: skip

AUDIT_WORDS = {
    "document.published": _("Published a document"),
    "document.withdrawn": _("Withdrew a document"),
    "document.restored": _("Put an earlier version back in force"),
    "document.released": _("Received and released an invoice"),
    "document.contested": _("Contested an invoice"),
    "document.held": _("Put a document on legal hold"),
    "document.freed": _("Lifted a legal hold"),
    "documents.removed": _("Removed documents past their end"),
    "documenttype.added": _("Added a document type"),
    "documenttype.changed": _("Changed a document type"),
    "batch.publishing": _("Began to publish a batch"),
    "batch.published": _("Published a batch"),
    "draft.imported": _("Imported invoice drafts"), "draft.published": _("Published a draft"),
    "draft.discarded": _("Discarded a draft"),
}  # fmt: skip


def _reads_documents(request: HttpRequest) -> bool:
    """Clients whose grants open the desk, and staff who may look at documents."""
    if request.user.is_staff:
        return request.user.has_perm("invoices.view_document")
    return scope_of(request).shows(SERVICE)


def _is_client(request: HttpRequest) -> bool:
    return not request.user.is_staff and scope_of(request).shows(SERVICE)


def _publishes(request: HttpRequest) -> bool:
    return may_work(request, PUBLISH)


def _reads_purges(request: HttpRequest) -> bool:
    return may_work(request, "invoices.view_purgerun")


def _is_signed_in(request: HttpRequest) -> bool:
    return request.user.is_authenticated


MANUAL = "fatura-eletronica"
VERIFY = desks.Link(label=_("Verify a document"), url_name="invoices:verify", order=40)

desks.register(
    desks.Desk(
        name="invoices",
        label=_("Invoices and reports"),
        order=10,
        urls="invoices.urls",
        demo="invoices.demo",
        nav=[
            desks.NavItem(
                _("Billing reports"), "invoices:list", "receipt", "client", 10, _reads_documents
            ),
            desks.NavItem(
                _("Attached reports"), "invoices:reports", "file-earmark-spreadsheet", "client", 20,
                _reads_documents,
            ),
            desks.NavItem(
                _("Questions"), "invoices:questions", "question-circle", "client", 90, _is_client
            ),
            desks.NavItem(_("Publishing"), "invoices:batches", "upload", "staff", 20, _publishes),
            desks.NavItem(
                _("Invoice drafts"), "invoices:drafts", "file-earmark-text", "staff", 30, _publishes
            ),
            desks.NavItem(
                _("Purge reports"), "invoices:purge_runs", "trash", "staff", 40, _reads_purges
            ),
        ],
        front=[
            desks.Door(
                title=_("Client area"),
                text=_("Invoices and reports, signed digitally, month by month."),
                icon="receipt",
                order=10,
                points=[
                    _("Choose the unit and the month, open, save or print"),
                    _("Receive and release an invoice, or contest it with a reason"),
                    _("Check that a document is whole and who signed it"),
                ],
                links=[
                    desks.Link(label=_("Sign in"), url_name="account_login", icon="lock"),
                    desks.Link(label=_("Request access"), url_name="accounts:request_access"),
                    desks.Link(label=_("I forgot my password"), url_name="account_reset_password"),
                    VERIFY,
                    desks.Link(label=_("Manual"), url_name="help:manual", args=[MANUAL]),
                ],
            )
        ],
        help=desks.Manual(
            slug=MANUAL,
            title=_("Electronic invoice with digital certification"),
            text=_("How to register, open invoices and reports, release them and change your password."),
        ),
        search=[
            desks.SearchSource(
                label=_("Invoices and reports"), icon="receipt", order=10, find=finding.find,
                list_url=finding.list_url, visible=_reads_documents,
            )
        ],
        cards=[cards.client_card, cards.staff_card, cards.chart_card],
        footer=[VERIFY],
        sitemap=[VERIFY],
        contact=[
            desks.Link(
                label=_("Send a question"), url_name="invoices:questions", icon="question-circle",
                visible=_is_signed_in,
            )
        ],
        not_found=[
            desks.Link(label=_("Verify a document by its code"), url_name="invoices:verify")
        ],
        services=[
            desks.Service(
                name=SERVICE, label=_("Invoices and reports"),
                operate=_("receives and releases invoices"),
            )
        ],
        groups={
            BILLING: [*VIEW_DOCUMENTS, *PUBLISHING],
            HELP_DESK: [*VIEW_DOCUMENTS, "invoices.view_documentevent"],
            ADMINISTRATION: [
                *VIEW_DOCUMENTS, *PUBLISHING, *all_of("invoices", "documenttype"),
                "invoices.add_purgerun",
            ],
        },
        typed=TYPED,
        kept_on_erasure=[
            _(
                "Invoices and reports with their number, file and signature, which belong to the "
                "company: tax law asks for them, and a signed file cannot be changed. Files that "
                "are being checked for publishing at that moment, too."
            ),
            _("The reason you gave when you contested an invoice, without your name."),
        ],
        first_steps=[
            desks.FirstStep(
                label=_("Types of documents"), order=10,
                text=_("What is published here: invoices, reports. At least one of each kind you use."),
                url_name="admin:invoices_documenttype_changelist",
                permission="invoices.add_documenttype", is_done=DocumentType.objects.exists,
            ),
        ],
        files=(
            "invoices.Document.file_key", "invoices.Document.signature_key",
            "invoices.Batch.file_key", "invoices.Batch.manifest_key", "invoices.BatchRow.file_key",
        ),
        personal_data={
            gettext_noop("Documents"): personal_events,
            gettext_noop("My questions"): personal_questions,
        },
        audit_words=AUDIT_WORDS,
        job_words={
            "invoices.check_batch": _("Check a batch"),
            "invoices.publish_batch": _("Publish a batch"),
            "invoices.undo_batch": _("Undo a batch"),
            "invoices.tell_clients": _("Tell clients of new documents"),
            "invoices.tell_undone": _("Tell clients of an undone batch"),
            "invoices.clear_batch": _("Remove the files of a batch"),
            "invoices.expiry_notice": _("Tell a client which documents will soon be gone"),
        },
        limits={"invoices-question": Limit(5, 3600)},
        beat={
            # Just after midnight in each Brazilian time zone that a unit may have (UTC-2 to UTC-5).
            "invoices-expire": {
                "task": "invoices.tasks.expire_documents",
                "schedule": crontab(hour="0-3,12", minute=5),
            },
            "invoices-forgotten-batches": {
                "task": "invoices.tasks.give_up_forgotten_batches",
                "schedule": crontab(hour=4, minute=50),
            },
            "invoices-notice": {
                "task": "invoices.tasks.send_expiry_notices",
                "schedule": crontab(hour=7, minute=30),
            },
        },
    )
)  # fmt: skip
