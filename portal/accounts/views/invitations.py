"""Where an invitation leads: whoever opened its link accepts it, as themselves or as somebody new."""

from collections.abc import Callable

from django.contrib import messages
from django.contrib.auth import logout
from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_POST, require_safe

from portal.accounts import limits
from portal.accounts.allauth_internals import log_in
from portal.accounts.forms.invitations import AcceptForm
from portal.accounts.models import Invitation
from portal.accounts.scope import scope_of
from portal.accounts.services import invitations as service
from portal.accounts.services.links import LinkOver

TOKEN_KEY = "invitation"  # noqa: S105 - the name of a session entry
_FAILURES: dict[type[Exception], str] = {
    service.NotPossible: "not_possible", service.HasAccess: "has_access",
}  # fmt: skip


@login_not_required
@never_cache
@require_safe
def open_invitation(request: HttpRequest, token: str) -> HttpResponse:
    """Where the mail leads. The token goes to the session and stays in no address bar; opening
    the address does nothing: mail scanners open it too."""
    if limits.limited(request, "link"):
        return limits.too_many(request, "link")
    try:
        service.open_invitation(token, at=timezone.now())
    except LinkOver:
        return _failed(request, _why_over(token))
    request.session[TOKEN_KEY] = token
    response = redirect("accounts:invitation")
    response["Referrer-Policy"] = "no-referrer"
    return response


@login_not_required
@never_cache
@sensitive_post_parameters("password1", "password2")
def invitation(request: HttpRequest) -> HttpResponse:
    """What is offered, and by whom. POST accepts it."""
    return _answered(request, _as_member if request.user.is_authenticated else _as_new)


@login_not_required
@require_POST
def leave_for_invitation(request: HttpRequest) -> HttpResponse:
    """Sign out, to accept the invitation as somebody else."""
    token = request.session.get(TOKEN_KEY, "")
    logout(request)
    request.session[TOKEN_KEY] = token
    return redirect("accounts:invitation")


def _answered(
    request: HttpRequest, answer: Callable[[HttpRequest, str, Invitation], HttpResponse]
) -> HttpResponse:
    token = request.session.get(TOKEN_KEY, "")
    try:
        return answer(request, token, service.open_invitation(token, at=timezone.now()))
    except LinkOver:
        return _failed(request, _why_over(token))
    except tuple(_FAILURES) as failure:
        return _failed(request, _FAILURES[type(failure)])


def _why_over(token: str) -> str:
    return "withdrawn" if service.was_withdrawn(token) else "over"


def _as_member(request: HttpRequest, token: str, row: Invitation) -> HttpResponse:
    """Whoever is signed in accepts as themselves."""
    user = scope_of(request).user
    context = {"row": row, "may_accept": not (user.is_staff or user.is_limited)}
    if request.method != "POST" or not context["may_accept"]:
        return render(request, "accounts/invitation/as_member.html", context)
    service.accept(token, user=user, at=timezone.now(), request=request)
    request.session.pop(TOKEN_KEY, None)
    messages.success(request, _("You have access to %(name)s now.") % {"name": row.company})
    return redirect("ui:dashboard")


def _as_new(request: HttpRequest, token: str, row: Invitation) -> HttpResponse:
    """A stranger: signs in where the address is somebody's, else makes a registration."""
    form = AcceptForm(row, request.POST or None)
    if service.is_known(row):
        return render(request, "accounts/invitation/known.html", {"row": row})
    if not form.is_valid():
        return render(request, "accounts/invitation/as_new.html", {"row": row, "form": form})
    values = {name: form.cleaned_data[name] for name in ("name", "cpf")}
    try:
        user = service.accept_as_new(
            token, **values, password=form.cleaned_data["password1"], at=timezone.now(),
            request=request,
        )  # fmt: skip
    except service.AddressKnown:
        return render(request, "accounts/invitation/known.html", {"row": row})
    request.session.pop(TOKEN_KEY, None)
    messages.success(request, _("You have access to %(name)s now.") % {"name": row.company})
    return log_in(request, user)


def _failed(request: HttpRequest, reason: str) -> HttpResponse:
    request.session.pop(TOKEN_KEY, None)
    status = 409 if reason == "has_access" else 410
    context = {"reason": reason}
    response = render(request, "accounts/invitation/failed.html", context, status=status)
    response["Referrer-Policy"] = "no-referrer"
    return response
