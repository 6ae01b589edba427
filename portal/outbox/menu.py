"""What the outbox adds to the menu."""

from django.utils.translation import gettext_lazy as _

from portal import hooks
from portal.gate import may_work


def register() -> None:
    hooks.nav_items.append(
        hooks.NavItem(
            _("Outbox"), "outbox:list", "envelope", "staff", 80,
            lambda request: may_work(request, "outbox.view_entry"),
        )
    )  # fmt: skip
