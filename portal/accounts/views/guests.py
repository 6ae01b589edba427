"""Where a participant without an account comes in: a page with one button."""

from django.contrib.auth import logout
from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from portal.accounts import limits
from portal.accounts.services import guests
from portal.accounts.services.links import LinkOver
from portal.accounts.visits import LENGTH, begin_visit
from portal.ui.once import Done, once

NEW_LINK = "new_link"  # the button that asks for another


@login_not_required
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def guest_link(request: HttpRequest, token: str) -> HttpResponse:
    """GET shows a button, POST opens the object: programs that scan mail follow links, too."""
    if limits.limited(request, "link"):
        return limits.too_many(request, "link")
    if NEW_LINK in request.POST:
        return _send_new(request, token)
    try:
        link = guests.look(token, at=timezone.now())
        if request.method == "POST":
            return _enter(request, token)
    except LinkOver:
        return render(request, "accounts/guests/over.html", status=410)
    context = {"link": link, "hours": LENGTH.seconds // 3600}
    return render(request, "accounts/guests/open.html", context)


def _enter(request: HttpRequest, token: str) -> HttpResponse:
    """Whoever was signed in here is signed out: a visit is nobody's session."""
    if request.user.is_authenticated:
        logout(request)
    visit, obj = guests.redeem(token, at=timezone.now(), request=request)
    begin_visit(request, visit)
    return redirect(obj)


@once
def _send_new(request: HttpRequest, token: str) -> HttpResponse:
    """The same answer for every token; mail leaves a few times an hour at most."""
    if limits.limited(request, "guest-link"):
        return limits.too_many(request, "guest-link")
    if not limits.limited(request, "guest-link-mail", token):
        guests.ask_for_new(token)
    return Done(request, reverse("accounts:guest_link_sent"))


@login_not_required
def guest_link_sent(request: HttpRequest) -> HttpResponse:
    return render(request, "accounts/guests/sent.html")
