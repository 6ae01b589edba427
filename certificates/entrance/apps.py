from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class EntranceConfig(AppConfig):
    name = "certificates.entrance"
    label = "entrance"
    verbose_name = _("Certificate login")

    def ready(self) -> None:
        """Tell the vault where identities are sealed."""
        from certificates.entrance.models import Ticket
        from portal.vault.sealed import register_sealed

        register_sealed(Ticket, "sealed")
