"""“Emitir certificado (renovação)”: confirm with the present certificate, have the new one issued."""

from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding, pkcs7
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from orders.forms.renewals import RequestForm, SignatureForm
from orders.models import Order
from orders.services import codes, emission, renewing
from orders.services.life import NotPossible
from orders.services.offers import Service, offer_of
from orders.services.renewal_policy import refusals
from orders.services.stages import STEPS, Stage, last_emission, last_failure, stage_of
from orders.views.own import not_offered, own_order, serves
from portal.accounts.limits import limited, too_many
from portal.accounts.scope import scope_of
from portal.step_up import step_up
from portal.transitions import IllegalTransition
from portal.ui.views import confirmed

GET_POST = ["GET", "HEAD", "POST"]
REFUSED = (NotPossible, IllegalTransition)
# Extension -> type of the certificate's file.
TYPES = {
    "pem": "application/x-pem-file", "cer": "application/pkix-cert",
    "p7b": "application/x-pkcs7-certificates",
}  # fmt: skip


@never_cache
@require_safe
def issue(request: HttpRequest, number: int) -> HttpResponse:
    """What is to be done now, from the confirmation to the certificate."""
    order = own_order(request, number)
    offer = offer_of(order, Service.ISSUE, user=scope_of(request).user)
    if offer is None or not offer.is_offered:
        return not_offered(request, order, Service.ISSUE, status=200)
    return _page(request, order)


def _page(request: HttpRequest, order: Order, *, status: int = 200, **forms: Any) -> HttpResponse:
    """The page of the stage; ``form``: one that was filled in wrongly."""
    stage = stage_of(order, at=timezone.now())
    context = {
        "order": order, "stage": stage.value, "emission": last_emission(order),
        "steps": [(label, stage in stages) for label, stages in STEPS], **_of(stage, request, order),
        **forms,
    }  # fmt: skip
    return render(request, "orders/emission.html", context, status=status)


def _of(stage: Stage, request: HttpRequest, order: Order) -> dict[str, Any]:
    """What the stage's part of the page shows."""
    if stage is Stage.CONFIRM:
        shown = renewing.shown_in(scope_of(request).opening)
        return {
            "words": renewing.words_of(order), "by_signature": renewing.by_signature(),
            "shown": shown, "refusals": refusals(order, shown, at=timezone.now()) if shown else [],
            "renewal": renewing.renewal_of(order), "form": SignatureForm(),
        }  # fmt: skip
    if stage in (Stage.CODE, Stage.ASK_CODE, Stage.OVER):
        is_file = order.product.level == order.product.Level.A1
        failed = last_failure(order)
        return {"form": RequestForm(), "failed": failed, "is_file": is_file}
    return {}


@require_http_methods(GET_POST)
@serves(Service.ISSUE)
@step_up
def confirm(request: HttpRequest, order: Order) -> HttpResponseBase:
    """The page before it says what is confirmed; the session is the certificate's own."""
    if request.method != "POST":
        return redirect("orders:issue", order.number)
    scope = scope_of(request)
    try:
        renewing.confirm(
            order, opening=scope.opening, by=scope.user, at=timezone.now(), request=request
        )
    except REFUSED as refused:
        messages.error(request, str(refused))
    else:
        _say_confirmed(request, order)
    return redirect("orders:services", order.number)


def _say_confirmed(request: HttpRequest, order: Order) -> None:
    messages.success(request, _("The renewal is confirmed."))
    if order.status == Order.Status.INCOMPLETE:
        messages.info(request, _("Now conclude the order, so that it can be paid."))


@require_safe
@serves(Service.ISSUE)
def record(_request: HttpRequest, order: Order) -> HttpResponse:
    """The request for the renewal, to be signed outside of the portal."""
    response = HttpResponse(renewing.record_of(order), content_type="application/json")
    name = f"renovacao-{order.number}.json"
    response["Content-Disposition"] = f'attachment; filename="{name}"'
    return response


@require_http_methods(GET_POST)
@serves(Service.ISSUE)
def sign(request: HttpRequest, order: Order) -> HttpResponseBase:
    """The signature over the request is handed in. Each costs a process: so many in an hour."""
    if request.method != "POST" or stage_of(order, at=timezone.now()) is not Stage.CONFIRM:
        return redirect("orders:issue", order.number)
    user = scope_of(request).user
    if limited(request, "renewal-files", str(user.pk)):
        return too_many(request, "renewal-files")
    form = SignatureForm(request.POST, request.FILES)
    if form.is_valid():
        try:
            p7s = form.cleaned_data["signature"]
            renewing.confirm_signed(order, p7s, by=user, at=timezone.now(), request=request)
        except REFUSED as refused:
            form.add_error("signature", str(refused))
    if form.errors:
        return _page(request, order, status=422, form=form)
    _say_confirmed(request, order)
    return redirect("orders:services", order.number)


@require_http_methods(GET_POST)
@serves(Service.ISSUE)
def in_person(request: HttpRequest, order: Order) -> HttpResponse:
    """The holder comes in person instead."""
    user, at = scope_of(request).user, timezone.now()
    return confirmed(
        request, "orders/in_person.html", {"order": order},
        lambda: renewing.choose_in_person(order, by=user, at=at, request=request),
        to=order.get_absolute_url(), refused=REFUSED,
        done=_("Noted: the holder comes in person. Once the order is paid, choose the appointment."),
    )  # fmt: skip


@require_POST
@serves(Service.ISSUE)
def ask_code(request: HttpRequest, order: Order) -> HttpResponse:
    """For an order that was approved before an authority was connected."""
    try:
        codes.ask(order, by=scope_of(request).user, at=timezone.now(), request=request)
    except REFUSED as refused:
        messages.error(request, str(refused))
    else:
        messages.success(request, _("The second part of the code was mailed to the holder."))
    return redirect("orders:issue", order.number)


@never_cache
@require_http_methods(GET_POST)
@serves(Service.ISSUE)
def send_request(request: HttpRequest, order: Order) -> HttpResponseBase:
    """The code and the certificate request. A program of the page gets its answer as JSON."""
    if request.method != "POST" or stage_of(order, at=timezone.now()) is not Stage.CODE:
        return redirect("orders:issue", order.number)
    user = scope_of(request).user
    if limited(request, "renewal-files", str(user.pk)):
        return too_many(request, "renewal-files")
    form = RequestForm(request.POST, request.FILES)
    if form.is_valid():
        _send(request, order, form)
    if "application/json" in request.headers.get("Accept", ""):
        return JsonResponse({"errors": form.errors, **_state(order)}, status=422 if form.errors else 200)  # fmt: skip
    if form.errors:
        return _page(request, order, status=422, form=form)
    messages.success(request, _("Your request was sent to the certification authority."))
    return redirect("orders:issue", order.number)


def _send(request: HttpRequest, order: Order, form: RequestForm) -> None:
    values, user, at = form.cleaned_data, scope_of(request).user, timezone.now()
    try:
        emission.request_certificate(
            order, form.wanted, first=values["first"], second=values["second"], by=user, at=at,
            request=request,
        )  # fmt: skip
    except codes.WrongCode as wrong:
        form.add_error("second", str(wrong))
    except emission.BadRequest as bad:
        form.add_error("text", str(bad))
    except REFUSED as refused:
        form.add_error(None, str(refused))


@never_cache
@require_safe
def state(request: HttpRequest, number: int) -> JsonResponse:
    """How far the issue is, for the program of the page: ``{state, reason, chain}``."""
    return JsonResponse(_state(own_order(request, number)))


def _state(order: Order) -> dict[str, Any]:
    stage = stage_of(order, at=timezone.now()) if order.is_renewal else Stage.NONE
    failed = last_failure(order) if stage is Stage.CODE else None
    chain = emission.issued_chain(order) if stage is Stage.ISSUED else []
    return {
        "state": "failed" if failed else stage.value, "reason": failed.reason if failed else "",
        "chain": emission.as_text(chain),
    }  # fmt: skip


@require_POST
def done(request: HttpRequest, number: int) -> HttpResponse:
    """The holder has put the file away that the browser made."""
    emission.fetched(own_order(request, number), at=timezone.now())
    return HttpResponse(status=204)


@require_safe
def certificate(request: HttpRequest, number: int, extension: str) -> HttpResponse:
    """The certificate that was issued: with its issuers (PEM, PKCS#7) or alone (DER)."""
    chain = emission.issued_chain(own_order(request, number))
    if not chain or extension not in TYPES:
        raise Http404
    response = HttpResponse(_file(chain, extension), content_type=TYPES[extension])
    name = f"certificado-{number}.{extension}"
    response["Content-Disposition"] = f'attachment; filename="{name}"'
    return response


def _file(chain: list[bytes], extension: str) -> bytes:
    if extension == "cer":
        return chain[0]
    found = [x509.load_der_x509_certificate(der) for der in chain]
    if extension == "p7b":
        return pkcs7.serialize_certificates(found, Encoding.DER)
    return b"".join(one.public_bytes(Encoding.PEM) for one in found)
