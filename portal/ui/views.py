"""Dashboard, error pages, and the page that asks before something is done."""

import sys
from collections.abc import Callable, Mapping
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.core.exceptions import ValidationError
from django.forms import BaseForm
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.template import loader

from portal import desks
from portal.full_disk import is_full_disk
from portal.permissions import may_work
from portal.ui.typed import typed


def dashboard(request: HttpRequest) -> HttpResponse:
    """The first page after login: a card from each desk."""
    cards = sorted(
        filter(None, (make(request) for make in desks.gather("cards"))), key=lambda c: c.order
    )
    return render(request, "ui/dashboard.html", {"cards": cards})


def confirmed(
    request: HttpRequest,
    template: str,
    context: Mapping[str, Any],
    act: Callable[[], object],
    *,
    to: str,
    done: str = "",
    form: BaseForm | None = None,
    refused: tuple[type[Exception], ...] = (),
) -> HttpResponse:
    """GET asks by ``template``, which extends ``ui/confirm.html``; POST acts and goes to ``to``.

    ``done`` is said when it is done, or the text that ``act`` returns. ``form`` is what the question
    asks for besides: acted upon once it is valid. An exception of ``refused`` is said instead, in
    the form where there is one, so that what was typed stays.
    """
    if request.method != "POST" or (form is not None and not form.is_valid()):
        return render(request, template, {**context, "form": form})
    try:
        said = act()
    except refused as error:
        if form is not None:
            form.add_error(None, _text(error))
            return render(request, template, {**context, "form": form}, status=409)
        messages.error(request, _text(error))
    else:
        messages.success(request, said if isinstance(said, str) else done)
    return redirect(to)


def _text(error: Exception) -> str:
    return " ".join(error.messages) if isinstance(error, ValidationError) else str(error)


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:  # noqa: ARG001
    return render(request, "errors/csrf.html", status=403)


def bad_request(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:  # noqa: ARG001
    return render(request, "errors/400.html", status=400)


def forbidden(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:  # noqa: ARG001
    return render(request, "errors/403.html", status=403)


def not_found(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:  # noqa: ARG001
    return render(request, "errors/404.html", status=404)


def server_error(request: HttpRequest) -> HttpResponse:  # noqa: ARG001
    """Without context processors: the database may be what failed. A full disk is told as such."""
    status = 507 if is_full_disk(sys.exc_info()[1]) else 500
    return HttpResponse(loader.get_template(f"errors/{status}.html").render({}), status=status)


@login_not_required
def may_send(request: HttpRequest) -> HttpResponse:
    """Asked by the web server in front before it takes a large body: 204 for staff, else 403."""
    return HttpResponse(status=204 if may_work(request) else 403)


@login_not_required
def too_large(request: HttpRequest) -> HttpResponse:
    """What the web server in front shows for a body over its limit."""
    return render(request, "errors/413.html", status=413)


def too_many(request: HttpRequest, *, retry_after: int) -> HttpResponse:
    """Answer to a limited request; ``retry_after`` in seconds. What was typed can be sent from there
    again; files have to be chosen again."""
    context = {
        "minutes": -(-retry_after // 60), "typed": typed(request), "files": bool(request.FILES),
        "address": request.get_full_path(),
    }  # fmt: skip
    response = render(request, "errors/429.html", context, status=429)
    response["Retry-After"] = str(retry_after)
    return response
