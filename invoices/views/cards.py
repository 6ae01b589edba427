"""The invoice desk's cards on the dashboard."""

from datetime import date
from typing import Any

from django.http import HttpRequest
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from invoices.models import DocumentType
from invoices.models.documents import SERVICE
from invoices.services import dashboard as figures
from invoices.services.listing import Show
from invoices.views.requests import scope_for
from portal.accounts.scope import scope_of
from portal.desks import Card
from portal.money import format_brl
from portal.periods import format_period
from portal.permissions import may_work

Kind = DocumentType.Kind


def client_card(request: HttpRequest) -> Card | None:
    """What is new, what waits for this person, what disappears soon."""
    if request.user.is_staff or not scope_of(request).shows(SERVICE):
        return None
    scope = scope_for(request)
    units = scope.unit_keys or []
    if not units:
        return Card(60, "invoices/cards/no_units.html")  # below what other desks have to say
    briefs = {
        show: figures.brief_of(show, scope.user, scope.at, units)
        for show in (Show.WAITING, Show.NEW, Show.ENDING)
    }
    context = {
        "todo": _todo(briefs[Show.WAITING]),
        "parts": [_part(show, brief) for show, brief in briefs.items()],
    }
    return Card(10, "invoices/cards/client.html", context)


def chart_card(request: HttpRequest) -> Card | None:
    """Billing by month: all units, or the one chosen with ``?unit=``."""
    if request.user.is_staff:
        return None
    scope = scope_for(request)
    if not scope.units:
        return None
    chosen = next((unit for unit in scope.units if unit.code == request.GET.get("unit")), None)
    units = [chosen.pk] if chosen else scope.unit_keys or []
    today = timezone.localdate(scope.at)
    billed = figures.billing_by_month(scope.user, units, scope.at, date(today.year, today.month, 1))
    removed = figures.removed_months(units, billed[0][0], billed[-1][0])
    context = {
        "series": [
            _bar(month, cents, chosen.code if chosen else "", removed=month in removed)
            for month, cents in billed
        ],
        "any": any(cents for _month, cents in billed),
        "units": scope.units if len(scope.units) > 1 else (),
        "chosen": chosen,
        "total": format_brl(sum(cents for _month, cents in billed)),
    }
    return Card(30, "invoices/cards/chart.html", context)


def staff_card(request: HttpRequest) -> Card | None:
    """For who publishes: the last batches, and what clients contest."""
    if not may_work(request, "invoices.publish_document"):
        return None
    scope = scope_for(request)
    context = {
        "batches": figures.last_batches(),
        "contested": _part(Show.CONTESTED, figures.brief_of(Show.CONTESTED, scope.user, scope.at)),
    }
    return Card(10, "invoices/cards/staff.html", context)


def _todo(waiting: figures.Brief) -> dict[str, str]:
    """What the person is asked to do, in a sentence; empty when there is nothing."""
    if not waiting.count:
        return {}
    if waiting.cents is None:
        text = _("More than 99 invoices wait for your release")
    else:
        text = ngettext(
            "%(count)d invoice waits for your release", "%(count)d invoices wait for your release",
            waiting.count,
        ) % {"count": waiting.count}  # fmt: skip
    total = "" if waiting.cents is None else format_brl(waiting.cents)
    return {"text": text, "total": total, "url": _list_url(Kind.INVOICE, Show.WAITING)}


def _part(show: Show, brief: figures.Brief) -> dict[str, Any]:
    return {
        "title": show.label,
        "kind": show.value,
        "count": brief.count_text,
        "links": _links(show, brief),
        "rows": [_row(row, show) for row in brief.rows],
    }


def _links(show: Show, brief: figures.Brief) -> list[tuple[str, str]]:
    """The list of the same documents; one for each kind where there are both."""
    names = {Kind.INVOICE: _("Invoices"), Kind.REPORT: _("Reports")}
    kinds = [kind for kind in names if brief.kinds.get(kind)]
    several = len(kinds) > 1 or brief.count >= figures.COUNTED
    return [
        (
            _("See all: %(kind)s") % {"kind": names[kind]} if several else _("See all"),
            _list_url(kind, show),
        )
        for kind in kinds
    ]


def _list_url(kind: str, show: Show) -> str:
    name = "invoices:list" if kind == Kind.INVOICE else "invoices:reports"
    return reverse(name, query={"show": show.value})


def _row(row: Any, show: Show) -> dict[str, str]:
    amount = "" if row.amount_cents is None else format_brl(row.amount_cents)
    until = _("until %(day)s") % {"day": f"{row.available_until:%d/%m/%Y}"}
    return {
        "url": reverse("invoices:document", args=[row.pk]),
        "name": f"{row.type__name} {row.number}",
        "where": f"{row.unit__code} · {format_period(row.period)}",
        "figure": until if show == Show.ENDING else amount,
    }


def _bar(month: date, cents: int, unit: str, *, removed: bool) -> dict[str, Any]:
    """A month of the chart. One whose invoices were removed says so instead of R$ 0,00."""
    query = {"period": format_period(month)} | ({"unit": unit} if unit else {})
    return {
        "label": f"{month:%m}/{month:%y}",
        "value": max(cents, 0),
        "text": _("removed") if removed and not cents else format_brl(cents),
        "url": reverse("invoices:list", query=query) if cents else "",
    }
