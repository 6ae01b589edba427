from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class OutboxConfig(AppConfig):
    name = "portal.outbox"
    verbose_name = _("Outbox")

    def ready(self) -> None:
        from portal.outbox import menu
        from portal.outbox.models import Entry
        from portal.vault.sealed import register_sealed

        register_sealed(Entry, "sealed")
        menu.register()
