"""Staff send the links that people wait for once more, or withdraw them."""

from collections.abc import Callable
from functools import partial

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods

from portal.accounts.limits import limited, too_many
from portal.accounts.models import Invitation, PendingRegistration
from portal.accounts.scope import scope_of
from portal.accounts.services import invitations, registration
from portal.accounts.services.links import LinkOver
from portal.permissions import staff_required
from portal.ui.views import confirmed

get_or_post = require_http_methods(["GET", "HEAD", "POST"])
INVITATIONS = staff_required("accounts.view_invitation", "accounts.change_invitation")
REGISTRATIONS = staff_required(
    "accounts.view_pendingregistration", "accounts.change_pendingregistration"
)


class _Refused(Exception):
    """Why it cannot be done (any more), for staff."""


@get_or_post
@INVITATIONS
def invitation_send(request: HttpRequest, pk: int) -> HttpResponse:
    """Ask, then mail the invitation's link once more."""
    row = get_object_or_404(Invitation.objects.select_related("company", "created_by"), pk=pk)
    return _asked(request, row, invitations.send_by_staff, "send")


@get_or_post
@INVITATIONS
def invitation_withdraw(request: HttpRequest, pk: int) -> HttpResponse:
    """Ask, then let the invitation's link open nothing."""
    row = get_object_or_404(Invitation.objects.select_related("company"), pk=pk)
    return _asked(request, row, invitations.cancel, "withdraw")


@get_or_post
@REGISTRATIONS
def registration_send(request: HttpRequest, pk: int) -> HttpResponse:
    """Ask, then mail the registration's link once more."""
    row = get_object_or_404(PendingRegistration, pk=pk)
    return _asked(request, row, registration.send_by_staff, "send")


@get_or_post
@REGISTRATIONS
def registration_withdraw(request: HttpRequest, pk: int) -> HttpResponse:
    """Ask, then delete what was typed."""
    row = get_object_or_404(PendingRegistration, pk=pk)
    return _asked(request, row, registration.withdraw, "withdraw")


_DONE: dict[str, Promise] = {
    "send": gettext_lazy("The link is on its way again. The one sent before no longer opens."),
    "withdraw": gettext_lazy("It was withdrawn. Its link no longer opens."),
}


def _asked(
    request: HttpRequest,
    row: Invitation | PendingRegistration,
    act: Callable[..., object],
    name: str,
) -> HttpResponse:
    """GET asks, POST acts within the limits and goes back to the list."""
    user, sends = scope_of(request).user, request.method == "POST" and name == "send"
    for limit, key in (("staff-link", f"user:{user.pk}"), ("staff-link-mail", row.email)):
        if sends and limited(request, limit, key):
            return too_many(request, limit)
    back = reverse(f"admin:accounts_{row._meta.model_name}_changelist")
    work = partial(act, row, by=user, at=timezone.now(), request=request)
    return confirmed(
        request, f"accounts/waiting_{name}.html", {"row": row, "back": back}, partial(_try, work),
        done=str(_DONE[name]), to=back, refused=(_Refused,),
    )  # fmt: skip


def _try(work: Callable[[], object]) -> None:
    try:
        work()
    except LinkOver:
        raise _Refused(
            _("It is over: it was accepted, withdrawn or forgotten meanwhile.")
        ) from None
    except invitations.NotPossible:
        raise _Refused(
            _(
                "Who invited may no longer give this access. Withdraw the invitation: the company"
                " invites anew."
            )
        ) from None
