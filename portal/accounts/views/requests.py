"""Requests for access: the stranger's form and the staff's work pages."""

from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.decorators.cache import never_cache

from portal.accounts import limits, services
from portal.accounts.forms.requests import (
    AcceptForm,
    AccessRequestForm,
    RefuseForm,
    RequestFilterForm,
)
from portal.accounts.models import AccessRequest, User
from portal.accounts.scope import scope_of
from portal.accounts.services.requests import known_person
from portal.accounts.views.codes import NEW_CODE, typed_so_far
from portal.permissions import staff_required
from portal.requests import keys_of
from portal.step_up import require_step_up
from portal.taxid import format_tax_id
from portal.transitions import IllegalTransition
from portal.ui.lists import Column, list_page
from portal.ui.once import Done, once

DECIDE = "accounts.decide_accessrequest"
COLUMNS = [
    Column("name", gettext_lazy("Name")),
    Column("unit", gettext_lazy("Unit asked for")),
    Column("received", gettext_lazy("Received"), ("created_at", "pk")),
    Column("status", gettext_lazy("Status")),
]
TICKED = 100  # refused at once, at most


@login_not_required
@never_cache
@once
def request_access(request: HttpRequest) -> HttpResponse:
    """“Quero me cadastrar”. The answer is the same for someone whom the portal knows."""
    template = "accounts/request_access.html"
    if NEW_CODE in request.POST:
        return render(request, template, {"form": AccessRequestForm(initial=typed_so_far(request))})
    if request.method == "POST" and limits.limited(request, "request-access"):
        return limits.too_many(request, "request-access")
    form = AccessRequestForm(request.POST or None, initial=_known(request))
    if not form.is_valid():
        return render(request, template, {"form": form})
    services.request_access(form.values(), request=request)
    return Done(request, reverse("accounts:request_access_done"))


def _known(request: HttpRequest) -> dict[str, str]:
    """What the session knows of who asks; of an e-CNPJ's only what the certificate itself says."""
    user = request.user
    if not isinstance(user, User):
        return {}
    known = {"name": user.name, "cpf": format_tax_id(user.cpf or "")}
    opening = scope_of(request).opening
    if opening.is_limited:
        place = f"{opening.company_name} {format_tax_id(opening.cnpj)}"
        return {**known, "unit_text": place[:160]}
    return {**known, "email": user.email or "", "phone": user.phone}


@login_not_required
def request_access_done(request: HttpRequest) -> HttpResponse:
    return render(request, "accounts/request_access_done.html")


@staff_required(DECIDE)
def access_requests(request: HttpRequest) -> HttpResponse:
    """Work list: those who wait, the oldest first; or what was decided, the newest first."""
    waiting = AccessRequest.Status.PENDING
    chosen = request.GET.get("status", waiting)
    if chosen not in {"", *AccessRequest.Status.values}:
        chosen = waiting
    rows = AccessRequest.objects.filter(status=chosen) if chosen else AccessRequest.objects.all()
    page = list_page(
        request, rows, title=gettext_lazy("Access requests"), columns=COLUMNS,
        order=("created_at", "pk") if chosen == waiting else ("-created_at", "-pk"),
        form=RequestFilterForm({"status": chosen}, initial={"status": waiting}),
    )  # fmt: skip
    return render(request, "accounts/access_requests.html", {"page": page})


@staff_required(DECIDE)
def access_request(request: HttpRequest, pk: int) -> HttpResponse:
    """One request, who the portal already knows by it, and where its access could go."""
    row = get_object_or_404(AccessRequest.objects.select_related("user", "decided_by"), pk=pk)
    return _page(request, row, AcceptForm(user=scope_of(request).user, asked=row.unit_text))


@staff_required(DECIDE)
def accept_request(request: HttpRequest, pk: int) -> HttpResponse:
    """Accept; or show the form again with what was searched for or added to it."""
    row = get_object_or_404(AccessRequest, pk=pk)
    if request.method != "POST":
        return redirect("accounts:access_request", pk)
    form = AcceptForm(request.POST, user=scope_of(request).user, asked=row.unit_text)
    if form.is_adding:
        return _page(request, row, form if form.errors else form.with_added())
    try:
        if form.is_valid():
            user = _accept(request, row, form)
            messages.success(request, _("Access given to %(name)s.") % {"name": user})
            return redirect("accounts:access_requests")
    except ValidationError as error:
        form.add_error(None, error)
    except IllegalTransition:
        return _decided_already(request)
    return _page(request, row, form)


@staff_required(DECIDE)
def refuse_request(request: HttpRequest, pk: int) -> HttpResponse:
    """Asks for the reason; the person is told."""
    row = get_object_or_404(AccessRequest, pk=pk)
    form = RefuseForm(request.POST or None)
    if not form.is_valid():
        context = {"form": form, "row": row, "back": reverse("accounts:access_request", args=[pk])}
        return render(request, "accounts/refuse_request.html", context)
    try:
        services.refuse_request(
            row,
            reason=form.cleaned_data["reason"],
            by=scope_of(request).user,
            at=timezone.now(),
            request=request,
        )
        messages.success(request, _("The request was refused and the person told."))
    except IllegalTransition:
        return _decided_already(request)
    return redirect("accounts:access_requests")


@staff_required(DECIDE)
def refuse_requests(request: HttpRequest) -> HttpResponse:
    """Several at once, ticked in the administration: one reason, each person is told."""
    rows = _ticked(request)
    form = RefuseForm(request.POST or None)
    if not rows:
        return redirect("accounts:access_requests")
    if not form.is_valid():
        return render(request, "accounts/refuse_requests.html", {"form": form, "rows": rows})
    done = services.refuse_requests(
        rows, reason=form.cleaned_data["reason"], by=scope_of(request).user, at=timezone.now(),
        request=request,
    )  # fmt: skip
    text = ngettext("%(n)d request was refused.", "%(n)d requests were refused.", done)
    messages.success(request, text % {"n": done} + " " + _("The people are being told."))
    return redirect("accounts:access_requests")


def _ticked(request: HttpRequest) -> list[AccessRequest]:
    """The waiting ones among those that the address or the form names."""
    named = request.POST.get("ids") or request.GET.get("ids", "")
    waiting = AccessRequest.objects.filter(status=AccessRequest.Status.PENDING)
    return list(waiting.filter(pk__in=keys_of(named, most=TICKED)).order_by("created_at", "pk"))


def _accept(request: HttpRequest, row: AccessRequest, form: AcceptForm) -> User:
    """Raises ValidationError with what the person at the desk must know, or IllegalTransition."""
    access = form.access()
    if services.sensitive_of(access.scopes):
        require_step_up(request)
    return services.accept_request(
        row, access=access, by=scope_of(request).user, at=timezone.now(), request=request
    )


def _decided_already(request: HttpRequest) -> HttpResponse:
    messages.error(request, _("This request has already been decided."))
    return redirect("accounts:access_requests")


def _page(request: HttpRequest, row: AccessRequest, form: AcceptForm) -> HttpResponse:
    context = {
        "row": row, "form": form, "known": known_person(row),
        "pending": row.status == AccessRequest.Status.PENDING,
    }  # fmt: skip
    return render(request, "accounts/access_request.html", context)
