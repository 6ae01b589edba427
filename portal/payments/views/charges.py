"""Charges for staff: the list, a charge's page with its slips, and what can be done about it."""

from collections.abc import Callable
from datetime import datetime
from typing import Any

from django.forms import BaseForm
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_safe

from portal.accounts.models import User
from portal.accounts.scope import scope_of
from portal.payments.errors import PaymentError
from portal.payments.forms.charges import ChargeFilter, ReasonForm, ReceiveForm, RefundForm
from portal.payments.forms.slips import NewSlipForm, PayerForm
from portal.payments.models import Charge, Difference, Payer
from portal.payments.models.charges import SETTLE, VIEW, WITHDRAW
from portal.payments.paper import render_slip
from portal.payments.services import charges as service
from portal.payments.services import decisions, finding
from portal.payments.words import EVENT_WORDS, STATE_WORDS
from portal.permissions import may_work, staff_required
from portal.transitions import IllegalTransition
from portal.ui.lists import Column, list_page
from portal.ui.once import Done, once
from portal.ui.views import confirmed

COLUMNS = [
    Column("what", gettext_lazy("Charge")),
    Column("payer", gettext_lazy("Payer")),
    Column("due", gettext_lazy("Due date"), ("due_on", "pk")),
    Column("amount", gettext_lazy("Amount"), ("-amount_cents", "-pk"), numeric=True),
    Column("status", gettext_lazy("Status")),
]
REFUSED = (PaymentError, IllegalTransition)
get_or_post = require_http_methods(["GET", "HEAD", "POST"])


@staff_required(VIEW)
@require_safe
def charges(request: HttpRequest) -> HttpResponse:
    form, today = ChargeFilter(request.GET), timezone.localdate()
    found = form.apply(Charge.objects.select_related("payer", "agreement"))
    page = list_page(
        request, found, title=gettext_lazy("Charges"), columns=COLUMNS, order=finding.NEWEST,
        form=form, cents="amount_cents",
    )  # fmt: skip
    counts = [(key, STATE_WORDS[key], count) for key, count in finding.counts(today=today)]
    context = {"page": page, "today": today, "counts": counts, "asked": request.GET.dict()}
    return render(request, "payments/charges/list.html", context)


def _charge(pk: int) -> Charge:
    return get_object_or_404(Charge.objects.select_related("payer", "agreement"), pk=pk)


@staff_required(VIEW)
@require_safe
def charge(request: HttpRequest, pk: int) -> HttpResponse:
    found = _charge(pk)
    events = found.events.select_related("user").order_by("-at", "-pk")
    context = {
        "charge": found,
        "words": service.payment_words(found),
        "slips": found.slips.select_related("payer", "agreement"),
        "events": [(event, EVENT_WORDS.get(event.kind, event.kind)) for event in events],
        "differences": found.differences.filter(status=Difference.Status.OPEN),
        "may_settle": may_work(request, SETTLE),
        "may_withdraw": may_work(request, WITHDRAW),
        "is_late": found.is_late(timezone.localdate()),
    }
    return render(request, "payments/charges/charge.html", context)


@staff_required(VIEW)
@require_safe
def slip(request: HttpRequest, pk: int, slip: int) -> HttpResponse:  # noqa: ARG001
    """The slip as PDF, as it was issued."""
    its_slips = _charge(pk).slips
    found = get_object_or_404(its_slips.select_related("agreement", "payer", "charge"), pk=slip)
    response = HttpResponse(render_slip(found), content_type="application/pdf")
    response["Content-Disposition"] = f'inline; filename="boleto-{found.pk}.pdf"'
    return response


def _asked(
    request: HttpRequest,
    pk: int,
    words: dict[str, Any],
    form: Callable[[Any, Charge], BaseForm],
    act: Callable[..., object],
) -> HttpResponse:
    """Ask by a form and do it, or say why it is not possible; both lead back to the charge."""
    found = _charge(pk)
    filled = form(request.POST or None, found)
    by, at = scope_of(request).user, timezone.now()

    def do() -> None:
        act(found, by=by, at=at, request=request, **filled.cleaned_data)

    context = {"charge": found, "back": found.get_absolute_url(), **words}
    response = confirmed(
        request, "payments/charges/act.html", context, do, to=found.get_absolute_url(),
        done=words["done"], form=filled, refused=REFUSED,
    )  # fmt: skip
    # Sent again it leads back as the first time, where the form is carried out once.
    return Done(request, response.url) if isinstance(response, HttpResponseRedirect) else response


@staff_required(VIEW, WITHDRAW)
@get_or_post
def withdraw(request: HttpRequest, pk: int) -> HttpResponse:
    words = {
        "title": _("Withdraw the charge"), "danger": True,
        "effects": _("Nothing is to be paid for it any more. The withdrawal of its slip waits among the remessas."),
        "done": _("The charge was withdrawn."),
    }  # fmt: skip
    return _asked(request, pk, words, lambda data, _c: ReasonForm(data), service.withdraw_charge)


@staff_required(VIEW, SETTLE)
@get_or_post
@once
def settle(request: HttpRequest, pk: int) -> HttpResponse:
    words = {
        "title": _("Note a payment received by other ways"),
        "effects": _("It counts as if the bank had told it. The open slip is withdrawn once all is paid."),
        "done": _("The payment was noted."),
    }  # fmt: skip
    return _asked(
        request, pk, words, lambda data, c: ReceiveForm(data, charge=c), decisions.receive
    )


@staff_required(VIEW, WITHDRAW)
@get_or_post
def accept(request: HttpRequest, pk: int) -> HttpResponse:
    words = {
        "title": _("Accept the short payment"),
        "effects": _("What came is enough: the charge counts as paid and the rest is let off."),
        "done": _("The charge counts as paid."),
    }
    return _asked(request, pk, words, lambda data, _c: ReasonForm(data), decisions.accept_short)


@staff_required(VIEW, WITHDRAW)
@get_or_post
@once
def refund(request: HttpRequest, pk: int) -> HttpResponse:
    words = {
        "title": _("Note a refund"),
        "effects": _("The portal pays nothing: note here what was given back, and how."),
        "done": _("The refund was noted."),
    }
    return _asked(
        request, pk, words, lambda data, c: RefundForm(data, charge=c), decisions.note_refund
    )


@staff_required(VIEW, WITHDRAW)
@get_or_post
@once
def replace(request: HttpRequest, pk: int) -> HttpResponse:
    words = {
        "title": _("Issue a second copy"),
        "effects": _("It gets a new number and this due date, over what is still owed. The withdrawal of an open slip waits among the remessas."),
        "done": _("The new slip was issued: print it from the list of slips."),
    }  # fmt: skip
    return _asked(
        request, pk, words, lambda data, c: NewSlipForm(data, charge=c), decisions.replace_slip
    )


@staff_required(VIEW, WITHDRAW)
@get_or_post
@once
def change_payer(request: HttpRequest, pk: int) -> HttpResponse:
    words = {
        "title": _("Change the payer"),
        "effects": _("The slip of the present payer is withdrawn and a new one, with another number, is issued. Once a payment is known, the payer cannot be changed."),
        "done": _("The payer was changed, and a new slip was issued."),
    }  # fmt: skip

    def act(charge: Charge, *, by: User, at: datetime, request: HttpRequest, **values: str) -> None:
        service.change_payer(charge, Payer(**values), by=by, at=at, request=request)

    return _asked(request, pk, words, lambda data, c: PayerForm(data, charge=c), act)
