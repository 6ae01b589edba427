"""Administration of orders: found and looked at here, worked on in their own pages."""

from typing import Any, cast

from django.contrib import admin
from django.db.models import Q, QuerySet
from django.http import HttpRequest
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _

from portal.accounts.scope import scope_of
from portal.ui.admin import BoundedSearch, ReadOnlyAdmin
from portal.ui.search import SearchCriterion
from tickets.models import Participant, RemovedTicket, Ticket
from tickets.models.tickets import TicketQuerySet
from tickets.services import numbers


def _as_text(name: str) -> Any:
    """A column that says what a relation leads to, and does not lead there."""
    field: Any = Ticket._meta.get_field(name)

    @admin.display(description=field.verbose_name)
    def text(_admin: Any, ticket: Ticket) -> str:
        return str(getattr(ticket, name) or "–")

    return text


@admin.register(Ticket)
class TicketAdmin(BoundedSearch, ReadOnlyAdmin):
    keyset_order = ("-created_at", "-pk")
    list_display = (
        "number",
        "subject",
        "department",
        "status",
        "assigned_to",
        "created_at",
        "work",
    )
    list_select_related = ("department__desk", "assigned_to")
    list_filter = ("department",)
    search_help_text = _("Number, with or without marks, or the whole e-mail of who takes part.")
    fields = (
        "work", "number", "subject", "status", "its_department", "its_topic", "priority", "source",
        "name", "its_company", "its_unit", "agent", "created_at", "first_answer_at", "resolved_at", "closed_at",
        "close_reason", "due_first", "due_resolve", "bounced", "rating",
    )  # fmt: skip
    readonly_fields = fields

    # As texts: Django would link them to pages that agents may not open.
    its_department, its_topic, its_company, its_unit, agent = (
        _as_text(name) for name in ("department", "topic", "company", "unit", "assigned_to")
    )

    def get_queryset(self, request: HttpRequest) -> QuerySet[Ticket]:
        """What the desk's own pages show this agent, and no more."""
        found = cast(TicketQuerySet, super().get_queryset(request))
        return found.visible_to(scope_of(request).user, at=timezone.now())

    def criteria(self, text: str) -> list[SearchCriterion]:
        found = []
        if number := numbers.typed(text):
            same = Q(number=number.number) if number.number else Q(counter=number.counter)
            found.append(SearchCriterion(same))
        if "@" in text:
            theirs = Participant.objects.filter(email=text.lower()).values("ticket")
            found.append(SearchCriterion(Q(pk__in=theirs)))
        return found

    @admin.display(description=_("work page"))
    def work(self, ticket: Ticket) -> SafeString:
        return format_html('<a href="{}">{}</a>', ticket.desk_url, _("Open"))


@admin.register(RemovedTicket)
class RemovedTicketAdmin(BoundedSearch, ReadOnlyAdmin):
    keyset_order = ("-removed_at", "-pk")
    list_display = ("number", "department", "topic", "closed_at", "removed_at", "entries", "files")
    search_help_text = _("Number, with or without marks.")
    fields = readonly_fields = (
        "number", "its_department", "topic", "created_at", "closed_at", "removed_at", "entries", "files",
        "sha256",
    )  # fmt: skip

    its_department = _as_text("department")

    def criteria(self, text: str) -> list[SearchCriterion]:
        number = numbers.typed(text)
        return [SearchCriterion(Q(number=number.number))] if number and number.number else []
