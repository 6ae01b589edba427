"""The lists of powers: those that a company gave, those that a person received, and staff's of all."""

from collections.abc import Sequence
from typing import Any

from django.db.models import Prefetch
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy
from django.views.decorators.http import require_safe

from portal.accounts.decorators import personal
from portal.accounts.models import Unit
from portal.accounts.scope import scope_of
from portal.permissions import may_work, staff_required
from portal.ui.lists import Column, ListPage, list_page
from proxies.powers.forms.lists import PowerFilter
from proxies.powers.models import CHANGE, TONES, VIEW, Power, PowerQuerySet, proven_cpf_of
from proxies.powers.services.drafting import may_grant

NEWEST = ("-created_at", "-pk")
STATE = Column("state", pgettext_lazy("power", "State"))
SERVICES = Column("services", _("Services"))
PLACES = Column("places", _("Where it holds"))
UNTIL = Column("until", _("Until"), ("ends_on", "pk"))
GRANTEE = Column("grantee", _("Received by"), ("grantee_name", "pk"))
GRANTOR = Column("grantor", _("Granted by"), ("grantor_name", "pk"))


def rows_of(powers: PowerQuerySet) -> PowerQuerySet:
    """With what a row shows, and without what only the page of one needs."""
    units = Unit.objects.only("code", "name")
    found: PowerQuerySet = (
        powers.select_related("company")
        .prefetch_related(Prefetch("units", queryset=units))
        .defer("record", "signature")
    )
    return found


def _listed(
    request: HttpRequest, found: PowerQuerySet, title: Any, columns: Sequence[Column]
) -> ListPage:
    form, today, user = PowerFilter(request.GET), timezone.localdate(), scope_of(request).user

    def shown(power: Power) -> dict[str, Any]:
        state = power.state(today)
        return {
            "power": power, "state": state.label, "tone": TONES[state],
            "units": list(power.units.all()), "other_signer": power.is_of_another_signer(user),
        }  # fmt: skip

    return list_page(
        request, rows_of(form.apply(found, today)), title=title, columns=columns, order=NEWEST,
        form=form, prepare=shown,
    )  # fmt: skip


@require_safe
def granted(request: HttpRequest) -> HttpResponse:
    """“Procurações concedidas”: of the companies for which the person acts in this session."""
    user, now = scope_of(request).user, timezone.now()
    found = Power.objects.granted(user, at=now)
    drafts = found.filter(status=Power.Status.DRAFT).order_by(*NEWEST)
    page = _listed(
        request, found.exclude(status=Power.Status.DRAFT), _("Powers of attorney granted"),
        [GRANTEE, SERVICES, PLACES, UNTIL, STATE],
    )  # fmt: skip
    context = {
        "page": page, "may_grant": may_grant(user, at=now), "drafts": drafts[:5],
        "others": any(row["other_signer"] for row in page.rows),
    }  # fmt: skip
    return render(request, "powers/granted.html", context)


@require_safe
@personal
def received(request: HttpRequest) -> HttpResponse:
    """“Procurações recebidas”: all companies that gave one, what each allows, and until when."""
    user = scope_of(request).user
    page = _listed(
        request, Power.objects.received(user), _("Powers of attorney received"),
        [GRANTOR, SERVICES, PLACES, UNTIL, STATE],
    )  # fmt: skip
    context = {"page": page, "has_cpf": bool(proven_cpf_of(user))}
    return render(request, "powers/received.html", context)


@staff_required(VIEW)
def desk(request: HttpRequest) -> HttpResponse:
    """Every power but drafts, for staff."""
    page = _listed(
        request, Power.objects.visible_to(scope_of(request).user),
        _("Electronic powers of attorney"), [GRANTOR, GRANTEE, SERVICES, UNTIL, STATE],
    )  # fmt: skip
    context = {"page": page, "may_revoke": may_work(request, CHANGE)}
    return render(request, "powers/desk.html", context)
