"""Links that open once: looking shows the form, sending it redeems the link."""

from django.contrib import messages
from django.contrib.auth import logout
from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_safe

from portal.accounts import limits, services
from portal.accounts.allauth_internals import log_in
from portal.accounts.forms.auth import NewPasswordForm
from portal.accounts.services.links import LinkOver

TOKEN_KEY = "access_link"  # noqa: S105 - the name of a session entry


@login_not_required
@never_cache
@require_safe
def accept_link(request: HttpRequest, token: str) -> HttpResponse:
    """Where the mail leads. The token goes to the session, so that it stays in no address bar,
    history or Referer; it is not used up: mail scanners look at links too."""
    if limits.limited(request, "link"):
        return limits.too_many(request, "link")
    try:
        services.open_link(token, at=timezone.now())
    except LinkOver:
        return _over(request)
    request.session[TOKEN_KEY] = token
    response = redirect("accounts:choose_password")
    response["Referrer-Policy"] = "no-referrer"
    return response


@login_not_required
@never_cache
@sensitive_post_parameters("password1", "password2")
def choose_password(request: HttpRequest) -> HttpResponse:
    """The form behind an invitation or a recovery link."""
    now, token = timezone.now(), request.session.get(TOKEN_KEY, "")
    try:
        link = services.open_link(token, at=now)
        form = NewPasswordForm(request.POST or None, user=link.user)
        if not form.is_valid():
            return render(request, "accounts/accept_link.html", {"form": form, "link": link})
        user = services.redeem(token, form.cleaned_data["password1"], at=now, request=request)
    except LinkOver:
        return _over(request)
    if request.user.is_authenticated:
        logout(request)
    request.session.pop(TOKEN_KEY, None)
    messages.success(request, _("Your password is set."))
    return log_in(request, user)


def _over(request: HttpRequest) -> HttpResponse:
    request.session.pop(TOKEN_KEY, None)
    response = render(request, "accounts/link_over.html", status=410)
    response["Referrer-Policy"] = "no-referrer"
    return response
