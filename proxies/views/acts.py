"""What is done with one access: each act asks first, and leads back to its page."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy
from django.views.decorators.http import require_http_methods

from portal.accounts.scope import scope_of
from portal.step_up import require_step_up
from portal.transitions import IllegalTransition
from portal.ui.views import confirmed
from proxies.forms.acts import ReasonForm
from proxies.models import Proxy, State
from proxies.services import life
from proxies.views.own import ADMINISTER, OPERATE, proxy_for

get_or_post = require_http_methods(["GET", "HEAD", "POST"])
Text = str | Promise
USABLE = (State.VALID, State.EXPIRING)
IN_USE = (*USABLE, State.EXPIRED)


@dataclass(frozen=True, kw_only=True)
class Act:
    """An act as pages show it. ``states``: those in which it is possible."""

    url_name: str
    label: Text
    effect: Text
    done: Text
    states: tuple[State, ...]
    level: str = OPERATE
    asks_why: bool = True
    of_unknown_end: bool = False

    def is_offered(self, proxy: Proxy, on: date) -> bool:
        if self.of_unknown_end and proxy.end_is_known:
            return False
        return proxy.state(on) in self.states


ACTS = [
    Act(
        url_name="proxies:confirm", label=gettext_lazy("I looked: it still opens"),
        asks_why=False, of_unknown_end=True,
        effect=gettext_lazy(
            "Nobody knows when it ends. You tried it at the agency with the values that are kept here: "
            "it is to be looked at again later."
        ),
        done=gettext_lazy("It was noted that the access still opens."), states=(State.EXPIRING,),
    ),
    Act(
        url_name="proxies:expire", label=gettext_lazy("Say that it has expired"), asks_why=False,
        effect=gettext_lazy(
            "For when it does not open any more before its day. It is not used until there is a new value."
        ),
        done=gettext_lazy("The access counts as expired."), states=USABLE,
    ),
    Act(
        url_name="proxies:refuse", label=gettext_lazy("Say that the agency refused it"),
        effect=gettext_lazy(
            "It is not used until there is a new value, or somebody says that it was right."
        ),
        done=gettext_lazy("The access counts as refused."), states=IN_USE,
    ),
    Act(
        url_name="proxies:release", label=gettext_lazy("Say that the value was right"),
        effect=gettext_lazy("The same value is used again."),
        done=gettext_lazy("The access is used again."), states=(State.REFUSED,),
    ),
    Act(
        url_name="proxies:revoke", label=pgettext_lazy("access", "Deactivate"),
        effect=gettext_lazy(
            "It is not used any more, and nobody is told of its end. Its values stay sealed, and it can "
            "be activated again."
        ),
        done=gettext_lazy("The access was deactivated."), states=(*IN_USE, State.REFUSED),
    ),
    Act(
        url_name="proxies:reactivate", label=pgettext_lazy("access", "Activate again"),
        asks_why=False, effect=gettext_lazy("It is used again with the values that it has."),
        done=gettext_lazy("The access is active again."), states=(State.REVOKED,),
    ),
    Act(
        url_name="proxies:destroy", label=gettext_lazy("Destroy the secrets"), level=ADMINISTER,
        effect=gettext_lazy(
            "Every value is removed for good, former ones too: this cannot be undone. The access stays "
            "as a record of what it was, who saw it, and when and why it was destroyed."
        ),
        done=gettext_lazy("The secrets were destroyed."),
        states=(*IN_USE, State.REFUSED, State.REVOKED),
    ),
]  # fmt: skip
BY_NAME = {act.url_name: act for act in ACTS}


def offered(proxy: Proxy, on: date, *, levels: tuple[str, ...]) -> list[Act]:
    """The acts for somebody of these levels, in the state that the access has."""
    return [act for act in ACTS if act.level in levels and act.is_offered(proxy, on)]


def _asked(
    request: HttpRequest, proxy: Proxy, url_name: str, act: Callable[..., object]
) -> HttpResponse:
    """Ask, with the reason where one is needed; then do it, or say why it is not possible."""
    shown, now = BY_NAME[url_name], timezone.now()
    if not shown.is_offered(proxy, timezone.localdate(now)):
        messages.error(request, _("This is not possible in the access's present state."))
        return redirect(proxy)
    form = ReasonForm(request.POST or None) if shown.asks_why else None
    context = {"proxy": proxy, "act": shown, "back": proxy.get_absolute_url()}

    def do() -> None:
        said: dict[str, Any] = {"why": form.cleaned_data["reason"]} if form else {}
        act(proxy, **said, by=scope_of(request).user, at=now, request=request)

    return confirmed(
        request, "proxies/act.html", context, do, to=proxy.get_absolute_url(),
        done=str(shown.done), form=form, refused=(IllegalTransition, ValidationError),
    )  # fmt: skip


@get_or_post
def confirm(request: HttpRequest, pk: int) -> HttpResponse:
    return _asked(request, proxy_for(request, pk), "proxies:confirm", life.confirm)


@get_or_post
def expire(request: HttpRequest, pk: int) -> HttpResponse:
    return _asked(request, proxy_for(request, pk), "proxies:expire", life.expire)


@get_or_post
def refuse(request: HttpRequest, pk: int) -> HttpResponse:
    return _asked(request, proxy_for(request, pk), "proxies:refuse", life.refuse)


@get_or_post
def release(request: HttpRequest, pk: int) -> HttpResponse:
    return _asked(request, proxy_for(request, pk), "proxies:release", life.release)


@get_or_post
def revoke(request: HttpRequest, pk: int) -> HttpResponse:
    return _asked(request, proxy_for(request, pk), "proxies:revoke", life.revoke)


@get_or_post
def reactivate(request: HttpRequest, pk: int) -> HttpResponse:
    return _asked(request, proxy_for(request, pk), "proxies:reactivate", life.reactivate)


@get_or_post
def destroy(request: HttpRequest, pk: int) -> HttpResponse:
    """For administrators, who prove first that it is them."""
    found = proxy_for(request, pk, ADMINISTER)
    require_step_up(request)
    return _asked(request, found, "proxies:destroy", life.destroy)
