"""Canned answers: whose they are, and their placeholders."""

import re
from typing import Any

from django.core.exceptions import ValidationError
from django.db.models import Q
from django.utils.html import escape
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from portal.accounts.models import User
from tickets.models import CannedReply, Ticket

PLACEHOLDERS = {
    "nome": gettext_lazy("first name of who asked"),
    "numero": gettext_lazy("number of the order"),
    "assunto": gettext_lazy("subject"),
    "departamento": gettext_lazy("department"),
    "atendente": gettext_lazy("your name"),
}
_BRACES = re.compile(r"\{\{\s*([^{}]*?)\s*\}\}")


def canned_for(ticket: Ticket, user: User) -> list[dict[str, Any]]:
    """The canned answers of this agent that fit the order, as they would stand in it."""
    replies = CannedReply.objects.for_agent(user).filter(
        Q(department=ticket.department_id) | Q(department=None), is_active=True
    )
    return [{"pk": r.pk, "title": r.title, "html": filled(r.html, ticket, user)} for r in replies]


def check(html: str) -> None:
    """ValidationError where braces hold no placeholder, or are left open."""
    unknown = sorted({name for name in _BRACES.findall(html) if name.lower() not in PLACEHOLDERS})
    if unknown:
        known = ", ".join("{{" + name + "}}" for name in PLACEHOLDERS)
        raise ValidationError(
            _("There is no placeholder “%(name)s”. You can use: %(known)s.")
            % {"name": unknown[0], "known": known}
        )
    rest = _BRACES.sub("", html)
    if "{{" in rest or "}}" in rest:
        raise ValidationError(_("A placeholder has two braces on each side: {{nome}}."))


def filled(html: str, ticket: Ticket, user: User) -> str:
    """With the values of the order for its placeholders, escaped; any other braces stay."""
    values = {
        "nome": ticket.name.partition(" ")[0], "numero": ticket.number, "assunto": ticket.subject,
        "departamento": str(ticket.department), "atendente": user.name,
    }  # fmt: skip
    return _replaced(html, values)


def example(html: str, user: User, department: str) -> str:
    """As it would read in an order of somebody invented."""
    values = {
        "nome": "Eliane", "numero": "2026-0002172-5", "assunto": "IPVA - 1° Emplacamento",
        "departamento": department, "atendente": user.name,
    }  # fmt: skip
    return _replaced(html, values)


def _replaced(html: str, values: dict[str, str]) -> str:
    def value(match: re.Match[str]) -> str:
        name = match[1].lower()
        return escape(values[name]) if name in values else match[0]

    return _BRACES.sub(value, html)
