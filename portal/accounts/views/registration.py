"""Registration at a desk: the form, the link that proves the address, and the page at the end."""

from typing import Any

from django import forms
from django.contrib.auth import logout
from django.contrib.auth.decorators import login_not_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_POST, require_safe

from portal import desks
from portal.accounts import limits
from portal.accounts.allauth_internals import log_in
from portal.accounts.forms.registration import (
    ConfirmForm,
    details_of,
    registration_form,
    typed_in,
)
from portal.accounts.models import PendingRegistration, User
from portal.accounts.services import registration as services
from portal.accounts.services.links import LinkOver
from portal.accounts.views.codes import NEW_CODE, typed_so_far
from portal.ui.once import Done, once

CORRECT = "corrigir"
TOKEN_KEY = "registration"  # noqa: S105 - the name of a session entry
FOLDER = "accounts/registration"


def _desk(slug: str) -> tuple[desks.Desk, desks.Registration]:
    """The desk with this address; 404 where no desk registers people by it."""
    desk = desks.by_registration(slug)
    if desk is None or desk.registration is None:
        raise Http404
    return desk, desk.registration


@login_not_required
@never_cache
@sensitive_post_parameters("password1", "password2")
@once
def register(request: HttpRequest, slug: str) -> HttpResponse:
    """The stranger's form. The answer is the same for an address that the portal knows."""
    desk, registration = _desk(slug)
    shown: dict[str, Any] = {"address": True, "details": not registration.link_first}
    if NEW_CODE in request.POST:
        form = registration_form(registration, initial=typed_so_far(request), **shown)
        return _first_page(request, desk, form)
    if request.method == "POST" and limits.limited(request, "register"):
        return limits.too_many(request, "register")
    form = registration_form(registration, request.POST or None, **shown)
    if not form.is_valid():
        return _first_page(request, desk, form)
    _begin(request, desk, form)
    return Done(request, reverse("accounts:registration_sent", args=[slug]))


def _first_page(request: HttpRequest, desk: desks.Desk, form: forms.Form) -> HttpResponse:
    registration = desk.registration
    assert registration is not None  # noqa: S101 - the view found the desk by it
    context = {"desk": desk, "registration": registration, "form": form}
    return render(request, registration.first_page, context)


def _begin(request: HttpRequest, desk: desks.Desk, form: forms.Form) -> None:
    """Unless this address was sent several links this hour: the answer stays the same."""
    typed = form.cleaned_data
    if limits.limited(request, "register-mail", typed["email"]):
        return
    services.begin(
        desk, email=typed["email"], cpf=typed.get("cpf", ""), values=details_of(form),
        password=typed.get("password1", ""), at=timezone.now(), request=request,
    )  # fmt: skip


@login_not_required
def sent(request: HttpRequest, slug: str) -> HttpResponse:
    return _page(request, "sent", _desk(slug)[0], hours=services.HOURS)


@login_not_required
@never_cache
@require_safe
def link(request: HttpRequest, slug: str, token: str) -> HttpResponse:
    """Where the mail leads. The token goes to the session and stays in no address bar; opening
    the address does nothing: mail scanners open it too."""
    desk, _registration = _desk(slug)
    if limits.limited(request, "link"):
        return limits.too_many(request, "link")
    try:
        services.waiting(desk, token, at=timezone.now())
    except LinkOver:
        return _over(request, desk)
    request.session[TOKEN_KEY] = token
    response = redirect("accounts:registration_confirm", slug)
    response["Referrer-Policy"] = "no-referrer"
    return response


@login_not_required
@never_cache
@sensitive_post_parameters("password", "password1", "password2")
def confirm(request: HttpRequest, slug: str) -> HttpResponse:
    """Behind the link: the password again, or the desk's fields where they come now."""
    desk, registration = _desk(slug)
    token = request.session.get(TOKEN_KEY, "")
    try:
        row = services.waiting(desk, token, at=timezone.now())
        answer = _confirm
        if registration.link_first:
            answer = _review if registration.reviewed else _complete
        return answer(request, desk, registration, row)
    except LinkOver:
        return _over(request, desk)
    except services.NotPossible:
        return _page(request, "not_possible", desk, status=409)


def _confirm(
    request: HttpRequest, desk: desks.Desk, registration: desks.Registration,
    row: PendingRegistration,
) -> HttpResponse:  # fmt: skip
    token = request.session[TOKEN_KEY]
    form = ConfirmForm(request.POST or None)
    if form.is_valid():
        if limits.limited(request, "register-confirm", str(row.pk)):
            return limits.too_many(request, "register-confirm")
        try:
            password = form.cleaned_data["password"]
            user = services.confirm(desk, token, password, at=timezone.now(), request=request)
            return _finish(request, registration.slug, user)
        except services.WrongPassword:
            form.add_error("password", _("This is not the password that you created."))
    return _page(request, "confirm", desk, form=form, row=row)


def _complete(
    request: HttpRequest, desk: desks.Desk, registration: desks.Registration,
    row: PendingRegistration,
) -> HttpResponse:  # fmt: skip
    token, known = request.session[TOKEN_KEY], {"email": row.email, "cpf": row.cpf}
    form = _details_form(request, registration, known)
    if not form.is_valid():
        return _page(request, "complete", desk, form=form, row=row)
    password = form.cleaned_data["password1"]
    user = services.complete(
        desk, token, details_of(form), password, at=timezone.now(), request=request
    )
    return _finish(request, registration.slug, user)


def _review(
    request: HttpRequest, desk: desks.Desk, registration: desks.Registration,
    row: PendingRegistration,
) -> HttpResponse:  # fmt: skip
    """The desk's fields; then what was typed, to be confirmed or corrected; then the user."""
    token, known = request.session[TOKEN_KEY], {"email": row.email, "cpf": row.cpf}
    if request.method == "POST" and "ok" in request.POST:
        user = services.complete_kept(desk, token, at=timezone.now(), request=request)
        return _finish(request, registration.slug, user)
    form = _details_form(request, registration, known, initial=row.values)
    if request.method != "POST" and row.password and CORRECT not in request.GET:
        return _page(request, "review", desk, typed=typed_in(form), row=row, correct=CORRECT)
    if not form.is_valid():
        return _page(request, "complete", desk, form=form, row=row)
    services.keep(
        desk, token, details_of(form), form.cleaned_data["password1"], at=timezone.now()
    )  # fmt: skip
    return redirect("accounts:registration_confirm", registration.slug)


def _details_form(
    request: HttpRequest, registration: desks.Registration, known: dict[str, str], *,
    initial: dict[str, Any] | None = None,
) -> forms.Form:  # fmt: skip
    """The desk's fields and the password; not sent yet where a button only fills fields in."""
    shown: dict[str, Any] = {"address": False, "details": True, "known": known}
    typed = registration.filled_in(request) if registration.filled_in else None
    if typed is not None:
        return registration_form(registration, initial=typed, **shown)
    return registration_form(registration, request.POST or None, initial=initial, **shown)


def _finish(request: HttpRequest, slug: str, user: User) -> HttpResponse:
    """Sign in, since address and password were both given just now; then the desk's own page."""
    if request.user.is_authenticated:
        logout(request)
    request.session.pop(TOKEN_KEY, None)
    url = reverse("accounts:registration_done", args=[slug])
    return log_in(request, user, next_url=url)


def done(request: HttpRequest, slug: str) -> HttpResponse:
    """What the desk says when the registration is finished."""
    desk, registration = _desk(slug)
    return render(request, registration.confirmed, {"desk": desk})


@login_not_required
@require_POST
def cancel(request: HttpRequest, slug: str) -> HttpResponse:
    """“Não fui eu”: whoever has the address deletes what a stranger typed."""
    desk, _registration = _desk(slug)
    try:
        services.cancel(desk, request.session.pop(TOKEN_KEY, ""), at=timezone.now())
    except LinkOver:
        return _over(request, desk)
    return _page(request, "cancelled", desk)


def _over(request: HttpRequest, desk: desks.Desk) -> HttpResponse:
    request.session.pop(TOKEN_KEY, None)
    return _page(request, "over", desk, status=410)


def _page(
    request: HttpRequest, name: str, desk: desks.Desk, *, status: int = 200, **context: Any
) -> HttpResponse:
    context |= {"desk": desk, "registration": desk.registration}
    # No Referrer-Policy: from a page with "no-referrer" browsers send forms with "Origin: null",
    # which the check of their origin refuses.
    return render(request, f"{FOLDER}/{name}.html", context, status=status)
