"""“Concluir pedido”: confirm, hand in what is missing, confirm receipt; and cancel."""

from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from orders.forms.concluding import AnswerForm, CancelForm, DocumentForm
from orders.models import Order, Pendency
from orders.services import acts, concluding, dossier
from orders.services.life import NotPossible
from orders.services.offers import Service
from orders.services.uploads import store_file
from orders.views.attached import keep_file, take_up
from orders.views.own import own_order, serves
from portal.accounts.limits import limited, too_many
from portal.accounts.scope import scope_of
from portal.files.services import serve
from portal.payments.errors import PaymentError
from portal.transitions import IllegalTransition
from portal.ui.views import confirmed

GET_POST = ["GET", "HEAD", "POST"]
S = Order.Status
REFUSALS = (NotPossible, IllegalTransition, PaymentError)


@never_cache
@require_http_methods(GET_POST)
@serves(Service.CONCLUDE)
def conclude(request: HttpRequest, order: Order) -> HttpResponse:
    """What it is depends on the state: each has a page of its own. Each file that is sent counts,
    also one that is refused: looking into it costs a process."""
    if request.method == "POST" and limited(
        request, "order-documents", str(scope_of(request).user.pk)
    ):
        return too_many(request, "order-documents")
    act = {S.INCOMPLETE: _confirm, S.PENDING_DOCUMENTS: _answer, S.ISSUED: _receive}
    return act[S(order.status)](request, order)


def _confirm(request: HttpRequest, order: Order) -> HttpResponse:
    form = DocumentForm(order=order)
    if "document" in request.POST:
        form = DocumentForm(request.POST, request.FILES, order=order)
        take_up(request, order, form)
        if form.is_valid():
            return _add(request, order, form.cleaned_data)
        keep_file(request, form)
    elif request.method == "POST" and _done(request, order, concluding.confirm):
        messages.success(request, _("The order was confirmed."))
        is_charged = order.status == S.AWAITING_PAYMENT
        next_page = "orders:slips" if is_charged else "orders:services"
        return redirect(next_page, order.number)
    context = {
        "order": order, "form": form, "missing": concluding.missing_in(order), "step": 4,
        "documents": order.documents.all(),
    }  # fmt: skip
    return render(request, "orders/conclude.html", context, status=422 if form.errors else 200)


def _receive(request: HttpRequest, order: Order) -> HttpResponse:
    if request.method == "POST" and _done(request, order, concluding.received):
        messages.success(request, _("Thank you: the certificate was noted as received."))
        return redirect("orders:services", order.number)
    return render(request, "orders/receive.html", {"order": order})


def _done(request: HttpRequest, order: Order, act: Any) -> bool:
    """Whether it was done; else the person is told why not."""
    try:
        act(order, by=scope_of(request).user, at=timezone.now(), request=request)
    except REFUSALS as refused:
        messages.error(request, str(refused))
        return False
    return True


def _answer(request: HttpRequest, order: Order) -> HttpResponse:
    """Every pendency that waits for an answer, in one form: what is filled in is sent, and what is
    wrong in one of them loses nothing of the others."""
    waiting = list(order.pendencies.filter(closed_at=None, answered_at=None))
    sent: tuple[Any, Any] = (
        (request.POST, request.FILES) if request.method == "POST" else (None, None)
    )
    forms = [(one, AnswerForm(*sent, prefix=str(one.pk))) for one in waiting]
    for _one, form in forms:
        take_up(request, order, form)
    left = [(one, form) for one, form in forms if not _answered(request, one, form)]
    if len(left) < len(forms):
        messages.success(request, _("Your answer was sent."))
        if order.status == S.AWAITING_APPOINTMENT:
            messages.info(request, _("Now choose another time for your appointment."))
        if not any(form.errors for _one, form in left):
            return redirect("orders:conclude" if left else "orders:services", order.number)
    elif sent[0] is not None and left and not any(form.errors for _one, form in left):
        left[0][1].add_error(None, _("Write an answer or attach the file."))
    bad = any(form.errors for _one, form in left)
    context = {"order": order, "forms": left}
    return render(request, "orders/answer.html", context, status=422 if bad else 200)


def _answered(request: HttpRequest, pendency: Pendency, form: AnswerForm) -> bool:
    """Whether the answer was filled in, and kept."""
    if not form.is_valid():
        keep_file(request, form)
        return False
    if not form.has_changed():
        return False
    values, user = form.cleaned_data, scope_of(request).user
    files = [_stored(values["file"], pendency.text, pendency)] if values["file"] else []
    try:
        dossier.answer(pendency, values["text"], by=user, at=timezone.now(), documents=files)
    except REFUSALS as refused:
        form.add_error(None, str(refused))
        return False
    return True


def _add(request: HttpRequest, order: Order, values: dict[str, Any]) -> HttpResponse:
    new = _stored(values["file"], values["kind"])
    try:
        dossier.add_document(order, new, by=scope_of(request).user, at=timezone.now())
    except REFUSALS as refused:
        messages.error(request, str(refused))
    else:
        messages.success(request, _("The document was added."))
    return redirect("orders:conclude", order.number)


def _stored(file: Any, kind: str, pendency: Any = None) -> dossier.NewDocument:
    kept = store_file(file)
    return dossier.NewDocument(
        kind=kind[:120], name=kept.name[:120], stored=kept.stored, pendency=pendency
    )


@require_safe
def document(request: HttpRequest, number: int, document: int) -> HttpResponseBase:
    """A document of one's own order."""
    order = own_order(request, number)
    found = get_object_or_404(order.documents, pk=document)
    if not found.file_key:
        raise Http404
    return serve(
        request, found.file_key, name=found.name, content_type=found.content_type, inline=True,
        sha256=found.sha256, size=found.size,
    )  # fmt: skip


@never_cache
@require_http_methods(GET_POST)
def cancel(request: HttpRequest, number: int) -> HttpResponse:
    """Asked on a page; nothing is paid yet, so nothing is to be given back."""
    order = own_order(request, number)
    if order.status not in concluding.CANCELLABLE:
        return render(request, "orders/not_cancellable.html", {"order": order}, status=403)
    form = CancelForm(request.POST or None)
    user = scope_of(request).user

    def act() -> str:
        note = form.cleaned_data["reason"] or _("Cancelled by the client.")
        acts.cancel(
            order, by=user, at=timezone.now(), note=note, request=request,
            only_if={"status__in": concluding.CANCELLABLE},
        )  # fmt: skip
        return _("Order %(number)s was cancelled.") % {"number": order.number}

    return confirmed(
        request, "orders/cancel.html", {"order": order}, act, form=form, refused=REFUSALS,
        to=order.get_absolute_url(),
    )  # fmt: skip
