"""My data (LGPD): what is kept and why, take it along, ask for erasure."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST

from portal.accounts.forms.erasure import ErasureForm
from portal.accounts.labels import instant
from portal.accounts.limits import limited, too_many
from portal.accounts.models import ErasureRequest
from portal.accounts.personal_data import as_json, collect, sections
from portal.accounts.scope import scope_of
from portal.accounts.services import erasure
from portal.audit.services import record
from portal.sheets.downloads import attachment
from portal.transitions import IllegalTransition

SHOWN = 10


@never_cache
def my_data(request: HttpRequest) -> HttpResponse:
    """Everything, the long lists cut to their first rows."""
    user = scope_of(request).user
    context = {
        "sections": sections(user, shown=SHOWN),
        "erasure": user.erasure_requests.first(),
    }
    return render(request, "accounts/my_data.html", context)


@require_POST
@never_cache
def my_data_export(request: HttpRequest) -> HttpResponseBase:
    """Everything, whole, as a JSON file, made while it is sent."""
    user = scope_of(request).user
    if limited(request, "data-export", f"user:{user.pk}"):
        return too_many(request, "data-export")
    record("account.data_exported", target=user, request=request)
    data = {_("Made at"): instant(timezone.now()), **collect(user)}
    response = StreamingHttpResponse(as_json(data), content_type="application/json")
    return attachment(response, "meus-dados.json")


def erasure_ask(request: HttpRequest) -> HttpResponse:
    """What erasure means, and asking for it."""
    user = scope_of(request).user
    form = ErasureForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            erasure.ask(user, form.cleaned_data["reason"], request=request)
            messages.success(request, _("Your request was received. We answer by e-mail."))
        except erasure.AlreadyAsked:
            messages.info(request, _("You have a request waiting already."))
        return redirect("accounts:my_data")
    context = {"form": form, "back": reverse("accounts:my_data"), "kept": erasure.kept()}
    return render(request, "accounts/erasure_ask.html", context)


@require_POST
def erasure_cancel(request: HttpRequest, pk: int) -> HttpResponse:
    """Take my own request back."""
    row = get_object_or_404(ErasureRequest, pk=pk, user=scope_of(request).user)
    try:
        erasure.cancel(row, at=timezone.now(), request=request)
        messages.success(request, _("Your request for erasure was cancelled."))
    except IllegalTransition:
        messages.warning(request, _("This request was answered already."))
    return redirect("accounts:my_data")
