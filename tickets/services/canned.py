"""Canned answers: whose they are, and their placeholders."""

import re
from collections.abc import Collection
from typing import Any

from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.db.models import Q
from django.utils.html import escape
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from portal.accounts.models import User
from tickets.models import CannedReply, Ticket
from tickets.models.queues import CannedReplyQuerySet

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
    replies = usable(user, [ticket.department_id])
    return [{"pk": r.pk, "title": r.title, "html": filled(r.html, ticket, user)} for r in replies]


def usable(user: User, departments: Collection[int]) -> CannedReplyQuerySet:
    """Those that fit the orders of all these departments."""
    fits = Q(department=None)
    if len(set(departments)) == 1:
        fits |= Q(department__in=departments)
    return CannedReply.objects.for_agent(user).filter(fits, is_active=True)


class TitleTaken(Exception):
    """There is one with this title: of the agent, of the department, or of all."""


def save(reply: CannedReply | None, values: dict[str, Any]) -> None:
    """Write a new one, or change ``reply``. Raises TitleTaken."""
    reply = reply or CannedReply()
    for name, value in values.items():
        setattr(reply, name, value)
    try:
        with transaction.atomic():
            reply.save()
    except IntegrityError:
        raise TitleTaken from None


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
    values = _values(ticket, user)
    return _replaced(html, {name: escape(value) for name, value in values.items()})


def filled_text(text: str, ticket: Ticket, user: User) -> str:
    """The same for plain text."""
    return _replaced(text, _values(ticket, user))


def example(html: str, user: User, department: str) -> str:
    """As it would read in an order of somebody invented."""
    values = {
        "nome": "Eliane", "numero": "2026-0002172-5", "assunto": "IPVA - 1° Emplacamento",
        "departamento": department, "atendente": user.name,
    }  # fmt: skip
    return _replaced(html, {name: escape(value) for name, value in values.items()})


def _values(ticket: Ticket, user: User) -> dict[str, str]:
    return {
        "nome": ticket.name.partition(" ")[0], "numero": ticket.number, "assunto": ticket.subject,
        "departamento": str(ticket.department), "atendente": user.name,
    }  # fmt: skip


def _replaced(text: str, values: dict[str, str]) -> str:
    return _BRACES.sub(lambda match: values.get(match[1].lower(), match[0]), text)
