from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class VaultConfig(AppConfig):
    name = "portal.vault"
    verbose_name = _("Vault")

    def ready(self) -> None:
        from portal.vault import checks  # noqa: F401
