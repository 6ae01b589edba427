"""\"Recebida e liberada\", \"Contestada\", and the receipt of either."""

from django.conf import settings
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from invoices.forms.release import ContestForm
from invoices.models import Document, Tombstone
from invoices.services import release as services
from invoices.services.remains import what_is_left
from invoices.views.requests import fetch
from portal.accounts.scope import scope_of
from portal.transitions import IllegalTransition

DECIDED = (Document.Release.RELEASED, Document.Release.CONTESTED)


@require_http_methods(["GET", "HEAD", "POST"])
def release(request: HttpRequest, pk: int) -> HttpResponse:
    """Asks once more, then releases."""
    now, user = timezone.now(), scope_of(request).user
    found = fetch(request, pk, now)
    if not found.can_be_released_by(user, now):
        return _too_late(request, found)
    if request.method == "POST":
        try:
            services.release(found, user, now, request)
        except IllegalTransition:
            return _too_late(request, fetch(request, pk, now))
        messages.success(request, _("The document was received and released."))
        return redirect("invoices:receipt", found.pk)
    return render(request, "invoices/release.html", {"document": found})


@require_http_methods(["GET", "HEAD", "POST"])
def contest(request: HttpRequest, pk: int) -> HttpResponse:
    """Asks for the reason, then contests."""
    now, user = timezone.now(), scope_of(request).user
    found = fetch(request, pk, now)
    form = ContestForm(request.POST or None)
    if not found.can_be_released_by(user, now) or found.release == Document.Release.CONTESTED:
        return _not_contested(request, found, form)
    if request.method == "POST" and form.is_valid():
        try:
            services.contest(found, form.cleaned_data["reason"], user, now, request)
        except IllegalTransition:
            return _not_contested(request, fetch(request, pk, now), form)
        messages.success(
            request,
            _("The document was contested. The department that answers for amounts was told."),
        )
        return redirect("invoices:receipt", found.pk)
    return render(request, "invoices/contest.html", {"document": found, "form": form})


@require_safe
def receipt(request: HttpRequest, pk: int) -> HttpResponse:
    """Who, when, what: to print and file. It stays, whatever became of the document."""
    now = timezone.now()
    found = what_is_left(scope_of(request).user, pk, now)
    answers = found.answers if found else ()
    if found is None or not answers:
        raise Http404
    *earlier, answer = answers
    context = {
        "document": found,
        "answer": answer,
        "earlier": earlier,
        "released": answer.release == Document.Release.RELEASED,
        "is_gone": isinstance(found, Tombstone) or not found.is_fetchable(now),
        "verify_url": settings.BASE_URL + reverse("invoices:verify"),
        "answered_at": timezone.localtime(answer.at, found.unit.zone),
    }
    return render(request, "invoices/receipt.html", context)


def _too_late(request: HttpRequest, document: Document) -> HttpResponse:
    messages.warning(request, _who_was_quicker(document))
    return redirect(document)


def _not_contested(request: HttpRequest, document: Document, form: ContestForm) -> HttpResponse:
    """The same; the reason that was typed stays, if it was not the one that was given before."""
    if request.method != "POST" or document.release_by_id == request.user.pk:
        return _too_late(request, document)
    form.add_error(None, _who_was_quicker(document))
    context = {"document": document, "form": form}
    return render(request, "invoices/contest.html", context, status=409)


def _who_was_quicker(document: Document) -> str:
    """Somebody else was: say who. Whoever may never do it gets 403."""
    if document.release not in DECIDED:
        raise PermissionDenied
    when = timezone.localtime(document.release_at, document.unit.zone)
    return _("%(who)s already answered on %(when)s: %(state)s.") % {
        "who": document.release_by.name if document.release_by else _("Somebody"),
        "when": f"{when:%d/%m/%Y %H:%M}",
        "state": document.get_release_display(),
    }
