"""One access: registered, shown with its history, changed."""

from collections.abc import Callable
from datetime import datetime
from typing import Any

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import pgettext
from django.views.decorators.debug import sensitive_post_parameters, sensitive_variables
from django.views.decorators.http import require_http_methods, require_safe

from portal.accounts.models import Company
from portal.accounts.scope import scope_of
from portal.bodies import stays_in_memory
from portal.vault.errors import VaultError
from proxies.forms.choice import SHOWN
from proxies.forms.proxy import ProxyForm
from proxies.models import Proxy, Sphere
from proxies.models.proxies import TONES
from proxies.services import checks_shown, life, showing
from proxies.services.certificates import remarks
from proxies.views.acts import offered
from proxies.views.own import ADMINISTER, OPERATE, may, office_for, proxy_for, proxy_seen
from proxies.views.reveal import may_see_former

get_or_post = require_http_methods(["GET", "HEAD", "POST"])


@require_safe
def proxy(request: HttpRequest, pk: int) -> HttpResponse:
    """Everything about one access but its secrets."""
    found = proxy_seen(request, pk)
    now = timezone.now()
    values = showing.values_in_use(found)
    context: dict[str, Any] = {
        "proxy": found, "state": found.state(timezone.localdate(now)),
        "values": values, "fields": [value.field for value in values],
        "certificate": showing.certificate_of(values), "clients": found.clients.all()[:SHOWN],
        "clients_total": found.clients.count(),
        "events": showing.history_of(found), "people": showing.people_of(found, at=now),
        "may_operate": may(request, found.office, OPERATE),
        "is_mt": found.agency.sphere == Sphere.STATE and found.agency.state == "MT",
        "may_administer": may(request, found.office, ADMINISTER), "now": now,
        "may_see_former": may_see_former(request, found),
        "checks": checks_shown.shown(found, now),
    }  # fmt: skip
    context["remarks"] = showing.remarks_on(context["certificate"], at=now)
    context["tone"] = TONES[context["state"]]
    levels = (OPERATE, ADMINISTER) if context["may_administer"] else (OPERATE,)
    if context["may_operate"]:
        context["acts"] = offered(found, timezone.localdate(now), levels=levels)
    return render(request, "proxies/proxy.html", context)


@stays_in_memory
@get_or_post
@sensitive_post_parameters()
@sensitive_variables("data")
def new(request: HttpRequest, office: int) -> HttpResponse:
    owner = office_for(request, office, OPERATE)
    data = (request.POST, request.FILES) if request.method == "POST" else (None, None)
    form = ProxyForm(*data, office=owner, asked=request.GET)
    if form.is_valid() and (made := _registered(request, owner, form)):
        return redirect(made)
    return render(request, "proxies/form.html", {"form": form, "office": owner})


def _registered(request: HttpRequest, office: Company, form: ProxyForm) -> Proxy | None:
    """The new access; None where the form says why there is none."""
    by, at, data = scope_of(request).user, timezone.now(), form.proxy_data()
    made: list[Proxy] = []

    @sensitive_variables()
    def register() -> None:
        values = form.new_values()
        made.append(life.register(office, data, values, by=by, at=at, request=request))

    if _done(form, register):
        messages.success(request, _("The access was registered."))
        _remark(request, form, at=at)
        return made[0]
    twin = life.twin_of(office, data, by=by, at=at)
    if twin:
        messages.info(request, _sent_twice())
    return twin


@stays_in_memory
@get_or_post
@sensitive_post_parameters()
@sensitive_variables("data")
def change(request: HttpRequest, pk: int) -> HttpResponse:
    found = proxy_for(request, pk)
    if found.status == Proxy.Status.DESTROYED:
        messages.error(request, _("This access was destroyed. Register a new one."))
        return redirect(found)
    in_use = frozenset(value.field for value in showing.values_in_use(found))
    data = (request.POST, request.FILES) if request.method == "POST" else (None, None)
    form = ProxyForm(*data, office=found.office, proxy=found, in_use=in_use)
    if form.is_valid():
        by, at = scope_of(request).user, timezone.now()
        values = form.new_values()
        if _done(form, lambda: life.change(
            found, form.proxy_data(), values, by=by, at=at, request=request, seen=form.seen_changes,
        )):  # fmt: skip
            said = (
                _("The access was changed, and its new value sealed.")
                if values.secrets
                else pgettext("access", "The access was changed.")
            )
            messages.success(request, said)
            _remark(request, form, at=at)
            return redirect(found)
    context = {"form": form, "office": found.office, "proxy": found}
    return render(request, "proxies/form.html", context)


def _remark(request: HttpRequest, form: ProxyForm, *, at: datetime) -> None:
    """What the person who sent a certificate should know of it."""
    if form.certificate:
        said, _key, chain = form.certificate
        for text in remarks(said.der, chain, at=at):
            messages.warning(request, text)


def _sent_twice() -> str:
    return _(
        "This access was registered a moment ago, by the first time that you sent the form. What you "
        "corrected since then was not saved: change it here."
    )


def _done(form: ProxyForm, act: Callable[[], object]) -> bool:
    """Whether it was done; else the form says why not, and has everything but the secrets."""
    try:
        act()
    except life.Stale as error:
        form.take_up(error)
    except ValidationError as error:
        form.add_error(None, error)
    except VaultError:
        form.add_error(
            None,
            _(
                "The secrets could not be sealed, so nothing was saved. Tell whoever runs the portal."
            ),
        )
    else:
        return True
    return False
