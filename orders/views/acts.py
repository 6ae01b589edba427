"""What staff do with one order: each act asks first, and leads back to the order's page."""

from collections.abc import Callable

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from orders.models.orders import CHANGE, REFUND, VALIDATE, VERIFY, VIEW
from orders.services import acts, codes
from orders.services.life import NotPossible
from orders.views.desk import order_of
from orders.views.offered import BY_NAME
from portal.accounts.scope import scope_of
from portal.permissions import staff_required
from portal.transitions import IllegalTransition
from portal.ui.views import confirmed

REFUSED = (IllegalTransition, NotPossible)
get_or_post = require_http_methods(["GET", "HEAD", "POST"])


def _asked(
    request: HttpRequest, number: int, url_name: str, act: Callable[..., object]
) -> HttpResponse:
    """Ask by the act's own form; then do it with what was filled in, or say why it is not possible."""
    order, shown = order_of(request, number), BY_NAME[url_name]
    user, at = scope_of(request).user, timezone.now()
    if request.method != "POST" and not shown.is_offered(order, user):
        messages.error(request, _("This is not possible in the order's present state."))
        return redirect(order.desk_url)
    form = shown.form(request.POST or None)
    return confirmed(
        request, "orders/desk/act.html", {"order": order, "act": shown, "back": order.desk_url},
        lambda: act(order, by=user, at=at, request=request, **form.cleaned_data),
        to=order.desk_url, done=str(shown.done), form=form, refused=REFUSED,
    )  # fmt: skip


@staff_required(VIEW, CHANGE)
@get_or_post
def authorize(request: HttpRequest, number: int) -> HttpResponse:
    return _asked(request, number, "orders:desk_authorize", acts.authorize)


@staff_required(VIEW, VALIDATE)
@get_or_post
def pend(request: HttpRequest, number: int) -> HttpResponse:
    return _asked(request, number, "orders:desk_pend", acts.pend)


@staff_required(VIEW, VALIDATE)
@get_or_post
def resume(request: HttpRequest, number: int) -> HttpResponse:
    return _asked(request, number, "orders:desk_resume", acts.resume)


@staff_required(VIEW, VALIDATE)
@get_or_post
def validate(request: HttpRequest, number: int) -> HttpResponse:
    return _asked(request, number, "orders:desk_validate", acts.validate)


@staff_required(VIEW, VERIFY)
@get_or_post
def verify(request: HttpRequest, number: int) -> HttpResponse:
    return _asked(request, number, "orders:desk_verify", acts.verify)


@staff_required(VIEW, VERIFY)
@get_or_post
def send_back(request: HttpRequest, number: int) -> HttpResponse:
    return _asked(request, number, "orders:desk_return", acts.send_back)


@staff_required(VIEW, VALIDATE)
@get_or_post
def refuse(request: HttpRequest, number: int) -> HttpResponse:
    return _asked(request, number, "orders:desk_refuse", acts.refuse)


@staff_required(VIEW, CHANGE)
@get_or_post
def cancel(request: HttpRequest, number: int) -> HttpResponse:
    return _asked(request, number, "orders:desk_cancel", acts.cancel)


@staff_required(VIEW, CHANGE)
@get_or_post
def reopen(request: HttpRequest, number: int) -> HttpResponse:
    return _asked(request, number, "orders:desk_reopen", acts.reopen)


@staff_required(VIEW, REFUND)
@get_or_post
def refund(request: HttpRequest, number: int) -> HttpResponse:
    return _asked(request, number, "orders:desk_refund", acts.refund)


@staff_required(VIEW, VALIDATE)
@get_or_post
def issuing(request: HttpRequest, number: int) -> HttpResponse:
    return _asked(request, number, "orders:desk_issuing", acts.start_issuing)


@staff_required(VIEW, VALIDATE)
@get_or_post
def code(request: HttpRequest, number: int) -> HttpResponse:
    return _asked(request, number, "orders:desk_code", codes.reissue)


@staff_required(VIEW, VALIDATE)
@get_or_post
def issued(request: HttpRequest, number: int) -> HttpResponse:
    return _asked(request, number, "orders:desk_issued", acts.issued)


@staff_required(VIEW, VALIDATE)
@get_or_post
def failed(request: HttpRequest, number: int) -> HttpResponse:
    return _asked(request, number, "orders:desk_failed", acts.failed)


@staff_required(VIEW, VALIDATE)
@get_or_post
def deliver(request: HttpRequest, number: int) -> HttpResponse:
    return _asked(request, number, "orders:desk_deliver", acts.deliver)


@staff_required(VIEW, VALIDATE)
@get_or_post
def revoke(request: HttpRequest, number: int) -> HttpResponse:
    return _asked(request, number, "orders:desk_revoke", acts.revoke)
