"""Remessas: what waits to be sent, making a file of it, and what became of that."""

from collections.abc import Sequence
from typing import Any

from django.contrib import messages
from django.core.paginator import Page, Paginator
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.decorators.http import require_http_methods, require_safe

from portal.accounts.scope import scope_of
from portal.money import format_brl
from portal.payments.errors import PaymentError
from portal.payments.forms.files import DueDateForm, RemittanceFilter
from portal.payments.models import Agreement, Remittance
from portal.payments.services import remittances as services
from portal.payments.services.by_hand import note_done, waiting_by_hand
from portal.payments.services.instructions import Waiting, ask_for_due_date, waiting_for
from portal.permissions import staff_required
from portal.sheets.downloads import attachment
from portal.transitions import IllegalTransition
from portal.ui.lists import Column, list_page
from portal.ui.views import confirmed

may_send = staff_required("payments.send_remittance")
get_or_post = require_http_methods(["GET", "HEAD", "POST"])
REFUSED = (IllegalTransition, PaymentError)
COLUMNS = [
    Column("number", gettext_lazy("Remessa")),
    Column("agreement", gettext_lazy("Agreement")),
    Column("instructions", gettext_lazy("Instructions"), numeric=True),
    Column("by", gettext_lazy("Made by")),
    Column("at", gettext_lazy("Made at"), ("pk",)),
    Column("status", gettext_lazy("Status")),
]
TONES = {"made": "wait", "sent": "ok", "rejected": "bad"}
_SHOWN = 200


@require_safe
@may_send
def remittances(request: HttpRequest) -> HttpResponse:
    """The remessas, and for each agreement what waits for the next one."""
    form = RemittanceFilter(request.GET)
    found = form.apply(Remittance.objects.select_related("agreement", "created_by"))
    page = list_page(
        request, found, title=gettext_lazy("Remessas"), columns=COLUMNS, order=("-pk",), form=form,
        prepare=_prepared,
    )  # fmt: skip
    return render(request, "payments/remittances/list.html", {"page": page, "queues": _queues()})


def _prepared(made: Remittance) -> dict[str, Any]:
    return {
        "url": made.get_absolute_url(), "number": made.number, "agreement": made.agreement,
        "instructions": made.instructions, "by": made.created_by, "at": made.created_at,
        "status": made.get_status_display(), "tone": TONES[made.status],
    }  # fmt: skip


def _queues() -> list[dict[str, Any]]:
    """Each agreement, with how much waits: for a remessa, or for a person at the bank's pages."""
    return [
        {"agreement": one, "count": len(waiting_for(one)), "by_hand": False}
        if services.makes_remittances(one)
        else {"agreement": one, "count": len(waiting_by_hand(one)), "by_hand": True}
        for one in Agreement.objects.filter(is_active=True).order_by("name")
    ]


@get_or_post
@may_send
def remittance_new(request: HttpRequest, agreement: int) -> HttpResponse:
    """What waits for this agreement's bank; POST makes the file."""
    found = get_object_or_404(Agreement, pk=agreement, is_active=True)
    if request.method == "POST":
        return _make(request, found)
    waiting = waiting_for(found)
    page, sendable = _page(request, waiting), services.sendable(waiting)
    context = {
        "agreement": found, "page": page, "rows": [_waiting(w) for w in page],
        "left_out": len(waiting) - len(sendable),
        "can_make": bool(sendable) and services.makes_remittances(found),
    }  # fmt: skip
    return render(request, "payments/remittances/new.html", context)


def _page(request: HttpRequest, found: Sequence[Any] | QuerySet[Any]) -> Page[Any]:
    return Paginator(found, _SHOWN).get_page(request.GET.get("pagina"))


def _make(request: HttpRequest, agreement: Agreement) -> HttpResponse:
    try:
        made = services.make(
            agreement, by=scope_of(request).user, at=timezone.now(), request=request
        )
    except PaymentError as error:
        messages.error(request, str(error))
        return redirect("payments:remittances")
    messages.success(request, _("The remessa was made. Download it, send it, and mark it as sent."))
    return redirect(made)


def _waiting(waiting: Waiting) -> dict[str, Any]:
    slip = waiting.slip
    return {
        "label": waiting.label, "number": slip.number_text, "payer": slip.payer.name,
        "due": waiting.due_on or slip.due_on, "amount": format_brl(slip.amount_cents),
        "missing": services.what_is_missing(slip.payer), "charge": slip.charge,
    }  # fmt: skip


@get_or_post
@may_send
def remittance_by_hand(request: HttpRequest, agreement: int) -> HttpResponse:
    """What somebody has to do at a bank whose remessa is not made here; POST says that it is done."""
    found = get_object_or_404(Agreement, pk=agreement)
    if services.makes_remittances(found):
        return redirect("payments:remittance_new", found.pk)
    if request.method == "POST":
        return _done_by_hand(request, found)
    page = _page(request, waiting_by_hand(found))
    rows = [{**_waiting(w), "key": w.slip.pk} for w in page]
    context = {"agreement": found, "rows": rows, "page": page}
    return render(request, "payments/remittances/by_hand.html", context)


def _done_by_hand(request: HttpRequest, agreement: Agreement) -> HttpResponse:
    asked = request.POST.getlist("slip")[:_SHOWN]
    keys = {int(key) for key in asked if key.isascii() and key.isdigit() and len(key) <= 18}
    count = note_done(
        agreement, keys, by=scope_of(request).user, at=timezone.now(), request=request
    )
    if count:
        text = ngettext("%(n)d was noted as done.", "%(n)d were noted as done.", count)
        messages.success(request, text % {"n": count})
    else:
        messages.error(request, _("Nothing was noted: choose what was done at the bank."))
    return redirect(request.get_full_path())  # the page that one was on, or the last one


@require_safe
@may_send
def remittance(request: HttpRequest, pk: int) -> HttpResponse:
    """One remessa: what it asks for, and what the bank answered."""
    found = get_object_or_404(Remittance.objects.select_related("agreement", "created_by"), pk=pk)
    items = found.items.select_related("slip__payer", "slip__charge").order_by("pk")
    context = {"remittance": found, "tone": TONES[found.status], "page": _page(request, items)}
    return render(request, "payments/remittances/remittance.html", context)


@require_safe
@may_send
def remittance_file(request: HttpRequest, pk: int) -> HttpResponseBase:  # noqa: ARG001
    """The file, byte by byte as it goes to the bank."""
    found = get_object_or_404(Remittance.objects.select_related("agreement"), pk=pk)
    response = HttpResponse(found.content.encode("ascii"), content_type="text/plain")
    return attachment(response, found.file_name)


@get_or_post
@may_send
def remittance_sent(request: HttpRequest, pk: int) -> HttpResponse:
    """Ask, then note that it went to the bank."""
    found = get_object_or_404(Remittance, pk=pk)
    by, url = scope_of(request).user, found.get_absolute_url()
    return confirmed(
        request, "payments/remittances/sent.html", {"remittance": found, "back": url},
        lambda: services.note_sent(found, by=by, at=timezone.now(), request=request), to=url,
        done=_("The remessa is marked as sent."), refused=REFUSED,
    )  # fmt: skip


@get_or_post
@may_send
def remittance_rejected(request: HttpRequest, pk: int) -> HttpResponse:
    """Ask, then note that the bank refused the file."""
    found = get_object_or_404(Remittance, pk=pk)
    by, url = scope_of(request).user, found.get_absolute_url()
    return confirmed(
        request, "payments/remittances/rejected.html", {"remittance": found, "back": url},
        lambda: services.note_rejected(found, by=by, at=timezone.now(), request=request), to=url,
        done=_("The remessa is marked as refused; what it asked for waits again."), refused=REFUSED,
    )  # fmt: skip


@get_or_post
@may_send
def remittance_due(request: HttpRequest) -> HttpResponse:
    """Have the next remessa ask for another due date of a slip."""
    form = DueDateForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        values = form.cleaned_data
        try:
            ask_for_due_date(
                values["number"], values["due_on"], at=timezone.now(), by=scope_of(request).user,
                request=request,
            )  # fmt: skip
        except PaymentError as error:
            form.add_error("number", str(error))
        else:
            messages.success(request, _("The next remessa asks the bank for the new due date."))
            return redirect("payments:remittances")
    return render(request, "payments/remittances/due.html", {"form": form})
