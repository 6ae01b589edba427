"""The invoice desk's cards on the dashboard."""

from datetime import date
from typing import Any

from django.http import HttpRequest
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from invoices.models import Document
from invoices.models.documents import SERVICE
from invoices.services import dashboard as figures
from invoices.services.release import releasable_units
from invoices.views.requests import scope_for
from portal.accounts.scope import scope_of
from portal.desks import Card
from portal.money import format_brl
from portal.periods import format_period
from portal.permissions import may_work


def client_card(request: HttpRequest) -> Card | None:
    """What is new, what waits for this person, what disappears soon."""
    if request.user.is_staff or not scope_of(request).shows(SERVICE):
        return None
    scope = scope_for(request)
    units = scope.unit_keys or []
    if not units:
        return Card(10, "invoices/cards/no_units.html")
    mine = set(releasable_units(scope.user, scope.at)) & set(units)
    context = {
        "parts": [
            _part(_("New for you"), figures.new_documents(scope.user, units, scope.at), "new"),
            _part(
                _("Waiting for your release"),
                figures.waiting_for_release(scope.user, sorted(mine), scope.at),
                "waiting",
            ),
            _part(
                _("Disappearing within 30 days"),
                figures.ending_soon(scope.user, units, scope.at),
                "ending",
            ),
        ]
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
    context = {
        "series": [_bar(month, cents, chosen.code if chosen else "") for month, cents in billed],
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
        "contested": _part(
            _("Contested by clients"),
            figures.contested_documents(scope.user, scope.at),
            "contested",
        ),
    }
    return Card(10, "invoices/cards/staff.html", context)


def _part(title: str, brief: figures.Brief, kind: str) -> dict[str, Any]:
    return {
        "title": title,
        "kind": kind,
        "count": brief.count_text,
        "more_url": _more(brief, kind) if brief.count > len(brief.rows) else "",
        "rows": [_row(row, kind) for row in brief.rows],
    }


def _more(brief: figures.Brief, kind: str) -> str:
    """The list that shows the rest."""
    query = {
        "waiting": {"release": Document.Release.PENDING.value},
        "contested": {"release": Document.Release.CONTESTED.value},
        "ending": {"period": format_period(brief.rows[0].period)},
    }.get(kind, {})
    return reverse("invoices:list", query=query)


def _row(row: Any, kind: str) -> dict[str, str]:
    amount = "" if row.amount_cents is None else format_brl(row.amount_cents)
    until = _("until %(day)s") % {"day": f"{row.available_until:%d/%m/%Y}"}
    return {
        "url": reverse("invoices:document", args=[row.pk]),
        "name": f"{row.type__name} {row.number}",
        "where": f"{row.unit__code} · {format_period(row.period)}",
        "figure": until if kind == "ending" else amount,
    }


def _bar(month: date, cents: int, unit: str) -> dict[str, Any]:
    query = {"period": format_period(month)} | ({"unit": unit} if unit else {})
    return {
        "label": f"{month:%m}/{month:%y}",
        "value": max(cents, 0),
        "text": format_brl(cents),
        "url": reverse("invoices:list", query=query) if cents else "",
    }
