"""Mail that came in and is in no order: what it is, why, and what staff do with it."""

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from portal import sandbox
from portal.files.services import open_file, serve
from portal.permissions import staff_required
from portal.transitions import IllegalTransition
from portal.ui.lists import Column, list_page
from portal.ui.views import confirmed
from tickets.forms.mails import MailFilter
from tickets.mail.message import Mail
from tickets.mail.reading import HEADERS, examine_headers
from tickets.models import IncomingMail, Mailbox
from tickets.services import incoming

CHANGE = "tickets.change_incomingmail"
COLUMNS = [
    Column("received", gettext_lazy("Received"), ("fetched_at", "pk")),
    Column("subject", gettext_lazy("Subject")),
    Column("sender", pgettext_lazy("mail", "From")),
    Column("mailbox", gettext_lazy("Mailbox")),
    Column("status", gettext_lazy("Status")),
    Column("why", gettext_lazy("Why")),
]


@staff_required(CHANGE)
@require_safe
def mails(request: HttpRequest) -> HttpResponse:
    # Without a choice: what waits for a person.
    form = MailFilter(request.GET if "status" in request.GET else _asked(request))
    found = form.apply(IncomingMail.objects.select_related("mailbox"))
    page = list_page(
        request, found, title=gettext_lazy("Mail that is in no order"), columns=COLUMNS,
        order=("-fetched_at", "-pk"), form=form,
    )  # fmt: skip
    trouble = Mailbox.objects.in_trouble(at=timezone.now())
    return render(request, "tickets/desk/mails.html", {"page": page, "trouble": trouble})


def _asked(request: HttpRequest) -> dict[str, Any]:
    return {"status": IncomingMail.Status.UNREADABLE, **request.GET.dict()}


@staff_required(CHANGE)
@require_safe
def mail(request: HttpRequest, pk: int) -> HttpResponse:
    row = get_object_or_404(IncomingMail.objects.select_related("mailbox"), pk=pk)
    entry = getattr(row, "entry", None)
    context = {"mail": row, "headers": _headers(row), "ticket": entry.ticket if entry else None}
    return render(request, "tickets/desk/mail.html", context)


def _headers(row: IncomingMail) -> Mail | None:
    """What the headers say; None where not even they can be read, or the file is lost."""
    if not row.file_key:
        return None
    try:
        with open_file(row.file_key) as file:
            return examine_headers(file.read(HEADERS))
    except (sandbox.NotExamined, FileNotFoundError):
        return None


@staff_required(CHANGE)
@require_safe
def mail_raw(request: HttpRequest, pk: int) -> HttpResponseBase:
    """The mail as it came, to be saved and opened elsewhere."""
    row = get_object_or_404(IncomingMail.objects.exclude(file_key=""), pk=pk)
    return serve(
        request,
        row.file_key,
        name=f"mensagem-{row.pk}.eml",
        content_type="message/rfc822",
        inline=False,
    )


@staff_required(CHANGE)
@require_POST
def mail_retry(request: HttpRequest, pk: int) -> HttpResponse:
    row = get_object_or_404(IncomingMail, pk=pk)
    try:
        incoming.try_again(row, at=timezone.now())
    except IllegalTransition as error:
        messages.error(request, str(error))
    else:
        messages.success(request, _("It is read again in a moment."))
    return redirect("tickets:mail", pk)


@staff_required(CHANGE)
@require_http_methods(["GET", "HEAD", "POST"])
def mail_discard(request: HttpRequest, pk: int) -> HttpResponse:
    row = get_object_or_404(IncomingMail, pk=pk)
    return confirmed(
        request, "tickets/desk/mail_discard.html", {"mail": row},
        lambda: incoming.discard(row, at=timezone.now()),
        to="tickets:mails", done=_("The mail was discarded."), refused=(IllegalTransition,),
    )  # fmt: skip
