"""What becomes of a power: accepted, declined, renounced, revoked."""

from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.forms import BaseForm
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from portal.accounts.scope import scope_of
from portal.permissions import staff_required
from portal.transitions import IllegalTransition
from portal.ui.views import confirmed
from proxies.powers.forms.acts import DeskRevokeForm, NoteForm
from proxies.powers.models import CHANGE, Power, opened_by_e_cpf
from proxies.powers.services import life
from proxies.powers.services.refusals import CannotAccept
from proxies.powers.services.text import text_of
from proxies.powers.views.own import granted_for, power_for, received_for

get_or_post = require_http_methods(["GET", "HEAD", "POST"])


@get_or_post
def accept(request: HttpRequest, code: str) -> HttpResponse:
    """With the e-CPF alone; in any other session the page says how to come with it."""
    power, user = received_for(request, code), scope_of(request).user
    if not power.can_be_declined_by(user):
        return _not_now(request, power)
    context = {
        "text": text_of(power), "by_e_cpf": opened_by_e_cpf(user),
        "may_accept": power.can_be_accepted_by(user, timezone.localdate()),
    }  # fmt: skip
    return _asked(
        request, power, "powers/accept.html", life.accept, context=context,
        done=_("You accepted the power of attorney."),
    )  # fmt: skip


@get_or_post
def decline(request: HttpRequest, code: str) -> HttpResponse:
    power = received_for(request, code)
    if not power.can_be_declined_by(scope_of(request).user):
        return _not_now(request, power)
    return _asked(
        request, power, "powers/decline.html", life.decline, form=_note(request),
        done=_("You declined the power of attorney."),
    )  # fmt: skip


@get_or_post
def renounce(request: HttpRequest, code: str) -> HttpResponse:
    power = received_for(request, code)
    if not power.can_be_renounced_by(scope_of(request).user):
        return _not_now(request, power)
    return _asked(
        request, power, "powers/renounce.html", life.renounce, form=_note(request),
        done=_("You renounced the power of attorney: it opens nothing any more."),
    )  # fmt: skip


@get_or_post
def revoke(request: HttpRequest, code: str) -> HttpResponse:
    """By the company; the grantee's sessions end at once."""
    power = granted_for(request, code)
    if not power.can_be_revoked_by(scope_of(request).user, timezone.now()):
        return _not_now(request, power)
    return _asked(
        request, power, "powers/revoke.html", life.revoke, form=_note(request),
        done=_("The power of attorney was revoked: it opens nothing any more."),
    )  # fmt: skip


@staff_required(CHANGE)
@get_or_post
def desk_revoke(request: HttpRequest, code: str) -> HttpResponse:
    """By staff, at the company's written request."""
    power = power_for(request, code)
    if not power.can_be_revoked_by_staff(scope_of(request).user):
        return _not_now(request, power)
    return _asked(
        request, power, "powers/desk_revoke.html", life.revoke_by_staff,
        form=DeskRevokeForm(request.POST or None),
        done=_("The power of attorney was revoked, and both sides are told."),
    )  # fmt: skip


def _note(request: HttpRequest) -> NoteForm:
    return NoteForm(request.POST if request.method == "POST" else None)


def _not_now(request: HttpRequest, power: Power) -> HttpResponse:
    messages.error(request, _("This is not possible in the power of attorney's present state."))
    return redirect(power)


def _asked(
    request: HttpRequest,
    power: Power,
    template: str,
    act: Callable[..., object],
    *,
    done: str,
    form: BaseForm | None = None,
    context: dict[str, Any] | None = None,
) -> HttpResponse:
    """Ask, then do it and go to the power's page; or say there why it is not possible."""
    back = power.get_absolute_url()

    def do() -> None:
        said: dict[str, Any] = dict(getattr(form, "cleaned_data", {}))
        act(power, **said, by=scope_of(request).user, at=timezone.now(), request=request)

    return confirmed(
        request, template, {"power": power, "back": back, **(context or {})}, do, to=back,
        done=done, form=form, refused=(CannotAccept, IllegalTransition, ValidationError),
    )  # fmt: skip
