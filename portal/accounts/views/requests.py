"""Requests for access: the stranger's form and the staff's work pages."""

from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache

from portal.accounts import limits, services
from portal.accounts.access import staff_required
from portal.accounts.context import signed_in
from portal.accounts.forms.requests import (
    AcceptForm,
    AccessRequestForm,
    PlaceSearchForm,
    RefuseForm,
    RequestFilterForm,
)
from portal.accounts.models import AccessRequest, User
from portal.accounts.services.requests import known_person
from portal.accounts.views.codes import NEW_CODE, typed_so_far
from portal.transitions import IllegalTransition
from portal.ui.pages import keyset_page

DECIDE = "accounts.decide_accessrequest"


@login_not_required
@never_cache
def request_access(request: HttpRequest) -> HttpResponse:
    """“Quero me cadastrar”. The answer is the same for someone whom the portal knows."""
    template = "accounts/request_access.html"
    if NEW_CODE in request.POST:
        return render(request, template, {"form": AccessRequestForm(initial=typed_so_far(request))})
    if request.method == "POST" and limits.limited(request, "request-access"):
        return limits.too_many(request, "request-access")
    form = AccessRequestForm(request.POST or None)
    if not form.is_valid():
        return render(request, template, {"form": form})
    services.request_access(form.values(), request=request)
    return redirect("accounts:request_access_done")


@login_not_required
def request_access_done(request: HttpRequest) -> HttpResponse:
    return render(request, "accounts/request_access_done.html")


@staff_required(DECIDE)
def access_requests(request: HttpRequest) -> HttpResponse:
    """Work list: those who wait, the oldest first; or what was decided, the newest first."""
    chosen = request.GET.get("status", AccessRequest.Status.PENDING)
    rows = AccessRequest.objects.filter(status=chosen) if chosen else AccessRequest.objects.all()
    order = (
        ("created_at", "pk") if chosen == AccessRequest.Status.PENDING else ("-created_at", "-pk")
    )
    page = keyset_page(rows, order=order, cursor=request.GET.get("cursor", ""))
    context = {"page": page, "form": RequestFilterForm({"status": chosen}), "status": chosen}
    return render(request, "accounts/access_requests.html", context)


@staff_required(DECIDE)
def access_request(request: HttpRequest, pk: int) -> HttpResponse:
    """One request, who the portal already knows by it, and where its access could go."""
    row = get_object_or_404(AccessRequest.objects.select_related("user", "decided_by"), pk=pk)
    query = request.GET.get("q", row.unit_text)
    return _page(request, row, AcceptForm(query=query), query)


@staff_required(DECIDE)
def accept_request(request: HttpRequest, pk: int) -> HttpResponse:
    row, query = get_object_or_404(AccessRequest, pk=pk), request.POST.get("q", "")
    form = AcceptForm(request.POST or None, query=query)
    if request.method != "POST":
        return redirect("accounts:access_request", pk)
    try:
        if form.is_valid():
            user = _accept(request, row, form)
            messages.success(request, _("Access given to %(name)s.") % {"name": user})
            return redirect("accounts:access_requests")
    except ValidationError as error:
        form.add_error(None, error)
    except IllegalTransition:
        return _decided_already(request)
    return _page(request, row, form, query)


@staff_required(DECIDE)
def refuse_request(request: HttpRequest, pk: int) -> HttpResponse:
    """Asks for the reason; the person is told."""
    row = get_object_or_404(AccessRequest, pk=pk)
    form = RefuseForm(request.POST or None)
    if not form.is_valid():
        return render(request, "accounts/refuse_request.html", {"form": form, "row": row})
    try:
        services.refuse_request(
            row,
            reason=form.cleaned_data["reason"],
            by=signed_in(request),
            at=timezone.now(),
            request=request,
        )
        messages.success(request, _("The request was refused and the person told."))
    except IllegalTransition:
        return _decided_already(request)
    return redirect("accounts:access_requests")


def _accept(request: HttpRequest, row: AccessRequest, form: AcceptForm) -> User:
    """Raises ValidationError with what the person at the desk must know, or IllegalTransition."""
    return services.accept_request(
        row, on=form.place(), level=form.cleaned_data["level"], by=signed_in(request),
        at=timezone.now(), request=request,
    )  # fmt: skip


def _decided_already(request: HttpRequest) -> HttpResponse:
    messages.error(request, _("This request has already been decided."))
    return redirect("accounts:access_requests")


def _page(request: HttpRequest, row: AccessRequest, form: AcceptForm, query: str) -> HttpResponse:
    context = {
        "row": row, "form": form, "query": query, "known": known_person(row),
        "search": PlaceSearchForm({"q": query}),
        "pending": row.status == AccessRequest.Status.PENDING,
    }  # fmt: skip
    return render(request, "accounts/access_request.html", context)
