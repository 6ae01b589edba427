"""Staff send the links that people wait for once more, or withdraw them."""

from collections.abc import Callable

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods

from portal.accounts.limits import limited, too_many
from portal.accounts.models import Invitation, PendingRegistration
from portal.accounts.scope import scope_of
from portal.accounts.services import invitations, registration
from portal.accounts.services.links import LinkOver
from portal.permissions import staff_required
from portal.ui.once import Done, once

get_or_post = require_http_methods(["GET", "HEAD", "POST"])
INVITATIONS = staff_required("accounts.view_invitation", "accounts.change_invitation")
REGISTRATIONS = staff_required(
    "accounts.view_pendingregistration", "accounts.change_pendingregistration"
)


@get_or_post
@INVITATIONS
@once
def invitation_send(request: HttpRequest, pk: int) -> HttpResponse:
    """Ask, then mail the invitation's link once more."""
    row = get_object_or_404(Invitation.objects.select_related("company", "created_by"), pk=pk)
    return _asked(request, row, invitations.send_by_staff, "send")


@get_or_post
@INVITATIONS
@once
def invitation_withdraw(request: HttpRequest, pk: int) -> HttpResponse:
    """Ask, then let the invitation's link open nothing."""
    row = get_object_or_404(Invitation.objects.select_related("company"), pk=pk)
    return _asked(request, row, invitations.cancel, "withdraw")


@get_or_post
@REGISTRATIONS
@once
def registration_send(request: HttpRequest, pk: int) -> HttpResponse:
    """Ask, then mail the registration's link once more."""
    row = get_object_or_404(PendingRegistration, pk=pk)
    return _asked(request, row, registration.send_by_staff, "send")


@get_or_post
@REGISTRATIONS
@once
def registration_withdraw(request: HttpRequest, pk: int) -> HttpResponse:
    """Ask, then delete what was typed."""
    row = get_object_or_404(PendingRegistration, pk=pk)
    return _asked(request, row, registration.withdraw, "withdraw")


_DONE: dict[str, Promise] = {
    "send": gettext_lazy("The link is on its way again. The one sent before no longer opens."),
    "withdraw": gettext_lazy("It was withdrawn. Its link no longer opens."),
}


_REFUSALS: dict[type[Exception], Promise] = {
    invitations.HeldBack: gettext_lazy(
        "The company holds this invitation back: it sends the link itself."
    ),
    LinkOver: gettext_lazy("It is over: it was accepted, withdrawn or forgotten meanwhile."),
    invitations.NotPossible: gettext_lazy(
        "Who invited may no longer give this access. Withdraw the invitation: the company"
        " invites anew."
    ),
}


def _asked(
    request: HttpRequest,
    row: Invitation | PendingRegistration,
    act: Callable[..., object],
    name: str,
) -> HttpResponse:
    """GET asks, POST acts within the limits and goes back to the list."""
    user = scope_of(request).user
    back = reverse(f"admin:accounts_{row._meta.model_name}_changelist")
    if request.method != "POST":
        return render(request, f"accounts/waiting_{name}.html", {"row": row, "back": back})
    for limit, key in (("staff-link", f"user:{user.pk}"), ("staff-link-mail", row.email)):
        if name == "send" and limited(request, limit, key):
            return too_many(request, limit)
    try:
        act(row, by=user, at=timezone.now(), request=request)
    except tuple(_REFUSALS) as refusal:
        messages.error(request, str(_REFUSALS[type(refusal)]))
        return redirect(back)
    return Done(request, back, str(_DONE[name]))
