"""The work list of differences, and what can be done about each."""

from collections.abc import Callable
from typing import Any

from django.forms import Form
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_safe

from portal.accounts.scope import scope_of
from portal.money import format_brl
from portal.payments.errors import PaymentError
from portal.payments.forms.files import AssignForm, DifferenceFilter, NoteForm, RefundForm
from portal.payments.models import Difference
from portal.payments.services import differences as services
from portal.payments.services import refunds, reversals
from portal.permissions import staff_required
from portal.transitions import IllegalTransition
from portal.ui.lists import Column, list_page
from portal.ui.views import confirmed

may_resolve = staff_required("payments.resolve_difference")
get_or_post = require_http_methods(["GET", "HEAD", "POST"])
Act = Callable[[], object]
REFUSED = (IllegalTransition, PaymentError)
RELATIONS = ("agreement", "charge__payer", "slip", "settlement", "bank_file", "resolved_by")
COLUMNS = [
    Column("kind", gettext_lazy("Difference")),
    Column("charge", gettext_lazy("Charge")),
    Column("number", gettext_lazy("Number (nosso número)")),
    Column("amount", gettext_lazy("Amount"), numeric=True),
    Column("said", gettext_lazy("The bank says")),
    Column("noted", gettext_lazy("Noted at"), ("pk",)),
    Column("status", gettext_lazy("Status")),
]
_TONES = {"open": "warn", "undone": "muted", "settled": "ok"}


@require_safe
@may_resolve
def differences(request: HttpRequest) -> HttpResponse:
    """What does not fit, to be dealt with; newest first."""
    form = DifferenceFilter(request.GET)
    found = form.apply(Difference.objects.select_related("charge", "agreement"))
    page = list_page(
        request, found, title=gettext_lazy("Differences"), columns=COLUMNS, order=("-pk",),
        form=form, prepare=prepared,
    )  # fmt: skip
    return render(request, "payments/differences/list.html", {"page": page})


def prepared(difference: Difference) -> dict[str, Any]:
    """A difference as the list shows it."""
    return {
        "url": difference.get_absolute_url(), "kind": difference.get_kind_display(),
        "charge": difference.charge, "number": difference.number,
        "amount": format_brl(difference.cents), "said": difference.said,
        "noted": timezone.localtime(difference.noted_at).strftime("%d/%m/%Y %H:%M"),
        "status": difference.get_status_display(), "tone": _TONES.get(difference.status, "info"),
        "agreement": difference.agreement.name,
    }  # fmt: skip


@require_safe
@may_resolve
def difference(request: HttpRequest, pk: int) -> HttpResponse:
    """One difference: what came, what was expected, and its ways out."""
    found = get_object_or_404(Difference.objects.select_related(*RELATIONS), pk=pk)
    settlement, charge = found.settlement, found.charge
    context = {
        "difference": found, "tone": _TONES.get(found.status, "info"),
        "amount": format_brl(found.cents), "to_refund": format_brl(refunds.refund_cents(found)),
        "paid": format_brl(settlement.paid_cents) if settlement else "",
        "owed": format_brl(charge.amount_cents) if charge else "",
        "kept": format_brl(charge.kept_cents) if charge else "",
    }  # fmt: skip
    return render(request, "payments/differences/difference.html", context)


def _asked(
    request: HttpRequest, found: Difference, act: str, form: Form, *, do: Act, done: str
) -> HttpResponse:
    context = {
        "difference": found, "back": found.get_absolute_url(),
        "amount": format_brl(refunds.refund_cents(found)),
    }  # fmt: skip
    template = f"payments/differences/{act}.html"
    return confirmed(
        request, template, context, do, to=found.get_absolute_url(), done=done, form=form,
        refused=REFUSED,
    )  # fmt: skip


def _found(pk: int) -> Difference:
    return get_object_or_404(Difference.objects.select_related(*RELATIONS), pk=pk)


@get_or_post
@may_resolve
def difference_accept(request: HttpRequest, pk: int) -> HttpResponse:
    """Ask why, then leave it as it is."""
    found, form, by = _found(pk), NoteForm(request.POST or None), scope_of(request).user
    return _asked(
        request, found, "accept", form,
        do=lambda: services.accept(
            found, form.cleaned_data["note"], by=by, at=timezone.now(), request=request
        ),
        done=_("The difference was accepted."),
    )  # fmt: skip


@get_or_post
@may_resolve
def difference_refund(request: HttpRequest, pk: int) -> HttpResponse:
    """Ask how and when, then note that money was paid back."""
    form = RefundForm(request.POST or None, today=timezone.localdate())
    found, by = _found(pk), scope_of(request).user
    return _asked(
        request, found, "refund", form,
        do=lambda: refunds.give_back_difference(
            found, **form.cleaned_data, by=by, at=timezone.now(), request=request
        ),
        done=_("It was noted that the money was paid back."),
    )  # fmt: skip


@get_or_post
@may_resolve
def difference_assign(request: HttpRequest, pk: int) -> HttpResponse:
    """Ask for which charge, then count the payment for it."""
    found, form, by = _found(pk), AssignForm(request.POST or None), scope_of(request).user
    return _asked(
        request, found, "assign", form,
        do=lambda: _assigned(services.assign(
            found, form.cleaned_data["number"], form.cleaned_data["note"], by=by,
            at=timezone.now(), request=request,
        )),
        done="",
    )  # fmt: skip


def _assigned(outcome: str) -> str:
    if outcome == "settles":
        return _("The payment counts for that charge, which is paid.")
    return _("The payment counts for that charge, but does not fit: a new difference says how.")


@get_or_post
@may_resolve
def difference_take_back(request: HttpRequest, pk: int) -> HttpResponse:
    """Ask why, then take the payment that the bank reversed from its charge."""
    found, form, by = _found(pk), NoteForm(request.POST or None), scope_of(request).user
    return _asked(
        request, found, "take_back", form,
        do=lambda: reversals.take_back(
            found, form.cleaned_data["note"], by=by, at=timezone.now(), request=request
        ),
        done=_("The payment was taken back: the charge is owed again."),
    )  # fmt: skip


@get_or_post
@may_resolve
def difference_reopen(request: HttpRequest, pk: int) -> HttpResponse:
    """Ask why, then take back what was decided."""
    found, form, by = _found(pk), NoteForm(request.POST or None), scope_of(request).user
    return _asked(
        request, found, "reopen", form,
        do=lambda: services.reopen(
            found, form.cleaned_data["note"], by=by, at=timezone.now(), request=request
        ),
        done=_("The difference is open again."),
    )  # fmt: skip
