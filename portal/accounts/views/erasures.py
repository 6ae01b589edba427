"""Staff answer requests for erasure."""

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST

from portal.accounts.forms.erasure import RefusalForm
from portal.accounts.models import ErasureRequest
from portal.accounts.scope import scope_of
from portal.accounts.services import erasing
from portal.accounts.services import erasure as service
from portal.permissions import staff_required
from portal.transitions import IllegalTransition
from portal.ui.lists import Column, list_page

PERMISSION = "accounts.decide_erasurerequest"
COLUMNS = [
    Column("person", gettext_lazy("Person")),
    Column("asked", gettext_lazy("Asked at"), ("pk",)),
    Column("status", gettext_lazy("Status")),
]


@staff_required(PERMISSION)
def erasures(request: HttpRequest) -> HttpResponse:
    """Those that wait or are under way, or all of them."""
    rows = ErasureRequest.objects.select_related("user")
    everything = request.GET.get("todos") == "1"
    if not everything:
        rows = rows.filter(status__in=ErasureRequest.OPEN)
    page = list_page(
        request, rows, title=gettext_lazy("Erasure requests"), columns=COLUMNS, order=("-pk",)
    )
    return render(request, "accounts/erasures.html", {"page": page, "everything": everything})


@staff_required(PERMISSION)
def erasure(request: HttpRequest, pk: int) -> HttpResponse:
    """One request; a POST refuses it with an answer."""
    row = get_object_or_404(ErasureRequest.objects.select_related("user", "decided_by"), pk=pk)
    form = RefusalForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        return _decide(request, row, answer=form.cleaned_data["answer"])
    context = {"row": row, "form": form, "own": row.user_id == request.user.pk}
    return render(request, "accounts/erasure.html", context)


@staff_required(PERMISSION)
def erasure_carry_out(request: HttpRequest, pk: int) -> HttpResponse:
    """GET says what goes and what stays; POST erases."""
    row = get_object_or_404(ErasureRequest.objects.select_related("user"), pk=pk)
    if row.status != ErasureRequest.Status.PENDING:
        return redirect("accounts:erasure", pk=row.pk)
    if request.method == "POST":
        return _decide(request, row, answer=None)
    context = {"row": row, "back": reverse("accounts:erasure", args=[pk]), "kept": service.kept()}
    return render(request, "accounts/erasure_carry_out.html", context)


@staff_required(PERMISSION)
@require_POST
def erasure_go_on(request: HttpRequest, pk: int) -> HttpResponse:
    """Have the texts gone through once more, after that had stopped."""
    row = get_object_or_404(ErasureRequest, pk=pk)
    try:
        erasing.go_on(row, by=scope_of(request).user, at=timezone.now(), request=request)
        messages.success(request, _("The work goes on."))
    except IllegalTransition as refusal:
        messages.warning(request, str(refusal))
    return redirect("accounts:erasure", pk=row.pk)


def _decide(request: HttpRequest, row: ErasureRequest, *, answer: str | None) -> HttpResponse:
    """Erase (no ``answer``) or refuse, once."""
    by, now = scope_of(request).user, timezone.now()
    try:
        if answer is None:
            service.carry_out(row, by=by, at=now, request=request)
            messages.success(
                request,
                _("The person is erased. What others wrote about them is being gone through."),
            )
        else:
            service.refuse(row, answer, by=by, at=now, request=request)
            messages.success(request, _("The request was refused and the person was told."))
    except service.OwnRequest:
        raise PermissionDenied from None
    except IllegalTransition:
        messages.warning(request, _("This request was answered already."))
    return redirect("accounts:erasures")
