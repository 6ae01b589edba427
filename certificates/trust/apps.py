from importlib import import_module

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class TrustConfig(AppConfig):
    name = "certificates.trust"
    label = "trust"
    verbose_name = _("Trust in certificates")

    def ready(self) -> None:
        """Make known the jobs, and to staff where the authorities are."""
        from portal import hooks
        from portal.gate import may_work

        import_module("certificates.trust.jobs")
        hooks.nav_items.append(
            hooks.NavItem(
                _("Trusted authorities"),
                "admin:trust_intermediate_changelist",
                "shield-check",
                "staff",
                71,
                lambda request: may_work(request, "trust.view_intermediate"),
            )
        )
