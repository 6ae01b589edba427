"""Whether an access still opens: asked by hand, and what came of each check."""

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST, require_safe

from portal.accounts.limits import limited, too_many
from portal.accounts.scope import scope_of
from portal.ui.lists import Column, list_page
from proxies.models import Check
from proxies.services import checks as service
from proxies.services.checks_shown import shown
from proxies.views.own import OPERATE, may, proxy_for, proxy_seen

COLUMNS = [
    Column("at", gettext_lazy("When")),
    Column("outcome", gettext_lazy("Outcome")),
    Column("took", gettext_lazy("Took"), numeric=True),
    Column("by", gettext_lazy("Asked by")),
]


@require_POST
def check(request: HttpRequest, pk: int) -> HttpResponse:
    """Have the access tried at its agency now."""
    proxy, user = proxy_for(request, pk), scope_of(request).user
    if limited(request, "proxy-check", str(user.pk)):
        return too_many(request, "proxy-check")
    try:
        service.ask(
            proxy, host=request.POST.get("host", ""), by=user, at=timezone.now(), request=request
        )
    except ValidationError as error:
        messages.error(request, " ".join(error.messages))
    else:
        messages.success(request, _("The check was asked for. What comes of it stands here soon."))
    return redirect("proxies:checks", proxy.pk)


@require_POST
def stop(request: HttpRequest, pk: int) -> HttpResponse:
    """Take back that the schedule signs in with it."""
    proxy = proxy_for(request, pk)
    service.stop(proxy, at=timezone.now(), request=request)
    messages.success(request, _("The portal does not check it by schedule any more."))
    return redirect("proxies:checks", proxy.pk)


@require_safe
def checks(request: HttpRequest, pk: int) -> HttpResponse:
    """Every check of the last months, the newest first."""
    proxy, at = proxy_seen(request, pk), timezone.now()
    found = Check.objects.filter(proxy=proxy).select_related("by")
    page = list_page(request, found, title=_("Checks"), columns=COLUMNS, order=("-at", "-pk"))
    values = {
        "page": page, "proxy": proxy, "checks": shown(proxy, at),
        "may_operate": may(request, proxy.office, OPERATE),
    }  # fmt: skip
    return render(request, "proxies/checks.html", values)
