"""The outbox for staff: what was sent, what waits, what failed and why."""

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from portal.audit.services import record
from portal.outbox import breaker, mail, services
from portal.outbox.forms import OutboxFilter
from portal.outbox.models import Entry
from portal.permissions import staff_required
from portal.step_up import require_step_up
from portal.transitions import IllegalTransition
from portal.ui.lists import Column, list_page
from portal.ui.views import confirmed

COLUMNS = [
    Column("what", gettext_lazy("What")),
    Column("to", gettext_lazy("To")),
    Column("created", gettext_lazy("Created"), ("pk",)),
    Column("attempts", gettext_lazy("Attempts"), numeric=True),
    Column("status", gettext_lazy("Status")),
]
# A mail brings its own inline style and nothing else; it may not run, load or send anything.
_MAIL_POLICY = (
    "default-src 'none'; style-src 'unsafe-inline'; img-src data:; frame-ancestors 'self'; "
    "sandbox allow-top-navigation-by-user-activation"
)


@require_safe
@staff_required("outbox.view_entry")
def entries(request: HttpRequest) -> HttpResponse:
    form = OutboxFilter(request.GET)
    found = form.apply(Entry.objects.defer("sealed", "arguments", "error"))
    page = list_page(
        request, found, title=gettext_lazy("Outbox"), columns=COLUMNS, order=("-pk",), form=form
    )
    return render(request, "outbox/entries.html", {
        "page": page, "kept_here": services.nothing_leaves(),
        "mail_down_since": breaker.down_since(),
        "failures": Entry.objects.filter(status=Entry.Status.FAILED).exists(),
    })  # fmt: skip


@require_safe
@staff_required("outbox.view_entry")
def entry(request: HttpRequest, pk: int) -> HttpResponse:
    found = get_object_or_404(Entry, pk=pk)
    message = _message(request, found)
    return render(request, "outbox/entry.html", {
        "entry": found, "message": message, "may_read": services.may_read(request.user),
        "sees_details": request.user.is_superuser,
        "links_are_live": services.links_are_live(),
        "may_open_links": services.may_open_links(request.user),
        "may_retry": found.status == Entry.Status.FAILED
        and request.user.has_perm("outbox.retry_entry"),
        "may_cancel": found.can_be_cancelled and request.user.has_perm("outbox.cancel_entry"),
    })  # fmt: skip


@require_safe
@staff_required("outbox.view_entry")
def links(request: HttpRequest, pk: int) -> HttpResponse:
    """The mail's text with its links, for an administrator who has just proven to be one."""
    found = get_object_or_404(Entry, pk=pk, kind=Entry.Kind.MAIL)
    if not services.may_open_links(request.user):
        raise PermissionDenied
    require_step_up(request)
    record("outbox.links_opened", target=found, request=request)
    return render(request, "outbox/links.html", {"entry": found, "message": _opened(found)})


@require_safe
@staff_required("outbox.view_entry")
def body(request: HttpRequest, pk: int) -> HttpResponseBase:
    """The mail as its reader sees it, for the frame of the entry's page."""
    message = _message(request, get_object_or_404(Entry, pk=pk))
    if message is None:
        raise Http404
    response = HttpResponse(message.html.replace("<head>", '<head><base target="_top">', 1))
    response["Content-Security-Policy"] = _MAIL_POLICY
    response["X-Frame-Options"] = "SAMEORIGIN"
    response["Cache-Control"] = "private, no-store"
    return response


@require_POST
@staff_required("outbox.view_entry", "outbox.retry_entry")
def retry(request: HttpRequest, pk: int) -> HttpResponse:
    found = get_object_or_404(Entry, pk=pk)
    try:
        services.retry(found, at=timezone.now(), request=request)
        messages.success(request, _("It will be tried again right away."))
    except IllegalTransition:
        messages.error(request, _("Only what was given up can be tried again."))
    return redirect("outbox:entry", pk=pk)


@require_http_methods(["GET", "HEAD", "POST"])
@staff_required("outbox.view_entry", "outbox.cancel_entry")
def cancel(request: HttpRequest, pk: int) -> HttpResponse:
    found = get_object_or_404(Entry, pk=pk)
    back = reverse("outbox:entry", args=[pk])
    return confirmed(
        request,
        "outbox/cancel.html",
        {"entry": found, "back": back},
        lambda: services.cancel(found, at=timezone.now(), request=request),
        done=_("It will not be sent.") if found.kind == Entry.Kind.MAIL else _("It will not run."),
        to=back,
        refused=(IllegalTransition,),
    )


@require_http_methods(["GET", "HEAD", "POST"])
@staff_required("outbox.view_entry", "outbox.retry_entry")
def ask_mail_server(request: HttpRequest) -> HttpResponse:
    """Ask, then have the mail server tried without waiting for the end of the pause."""
    since, back = breaker.down_since(), reverse("outbox:list")
    if since is None and request.method != "POST":
        return redirect(back)
    return confirmed(
        request,
        "outbox/ask_mail_server.html",
        {"since": since, "back": back},
        lambda: services.ask_mail_server(at=timezone.now(), request=request),
        done=_("The mail server is being asked. See in a minute whether e-mails leave."),
        to=back,
        refused=(services.NotPaused,),
    )


def _message(request: HttpRequest, found: Entry) -> mail.Message | None:
    """The mail's text, for who may read it; with its links only where nobody real is written to.
    Outside a demonstration reading it is on record."""
    if found.kind != Entry.Kind.MAIL or not found.sealed or not services.may_read(request.user):
        return None
    if not services.reads_are_free():
        record("outbox.read", target=found, request=request)
    message = _opened(found)
    return message if message is None or services.links_are_live() else mail.without_links(message)


def _opened(found: Entry) -> mail.Message | None:
    try:
        return mail.opened(found)
    except mail.VaultError:
        return None
