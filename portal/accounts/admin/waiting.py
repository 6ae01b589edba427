"""Links that people wait for: looked up here, sent again or withdrawn on pages that ask first."""

from typing import Any

from django.contrib import admin
from django.urls import reverse
from django.utils import timezone
from django.utils.html import format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _

from portal import desks
from portal.accounts.models import Invitation, PendingRegistration
from portal.accounts.search import by_number_or_email, people_criteria
from portal.ui.admin import BoundedSearch, ReadOnlyAdmin
from portal.ui.search import SearchCriterion


class WaitingAdmin(BoundedSearch, ReadOnlyAdmin):
    """``address``: of its two pages, "send" and "withdraw"."""

    address = ""

    def waits(self, row: Any) -> bool:  # noqa: ARG002
        """Whether it can be sent or withdrawn."""
        return True

    @admin.display(description=_("Acts"))
    def acts(self, row: Any) -> SafeString | str:
        if not self.waits(row):
            return "–"
        found = [
            (reverse(f"accounts:{self.address}_{act}", args=[row.pk]), label)
            for act, label in (("send", _("Send again")), ("withdraw", _("Withdraw")))
        ]
        return format_html_join(" · ", '<a href="{}">{}</a>', found)


@admin.register(Invitation)
class InvitationAdmin(WaitingAdmin):
    address = "invitation"
    list_display = ("name", "email", "company", "state", "expires_at", "acts")
    list_select_related = ("company",)
    search_help_text = _("Words of the name, or beginning of the e-mail.")
    fields = (
        "name", "email", "company", "level", "state", "created_by", "created_at", "expires_at",
        "accepted_at", "accepted_by", "cancelled_at", "cancelled_by", "acts",
    )  # fmt: skip

    def criteria(self, text: str) -> list[SearchCriterion]:
        return people_criteria(text)

    def waits(self, row: Invitation) -> bool:
        return row.is_standing

    @admin.display(description=_("state"))
    def state(self, row: Invitation) -> str:
        return row.state_at(timezone.now())


@admin.register(PendingRegistration)
class PendingRegistrationAdmin(WaitingAdmin):
    address = "registration"
    list_display = ("email", "where", "state", "created_at", "expires_at", "acts")
    search_help_text = _("Beginning of the e-mail.")
    fields = ("email", "where", "state", "created_at", "expires_at", "acts")

    def criteria(self, text: str) -> list[SearchCriterion]:
        return by_number_or_email(text, number="cpf", email="email")

    @admin.display(description=_("where"))
    def where(self, row: PendingRegistration) -> str:
        return next((str(d.label) for d in desks.registered() if d.name == row.desk), row.desk)

    @admin.display(description=_("state"))
    def state(self, row: PendingRegistration) -> str:
        over = row.expires_at <= timezone.now()
        return str(_("Expired") if over else _("Waiting for the link to be opened"))
