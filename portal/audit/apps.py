from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class AuditConfig(AppConfig):
    name = "portal.audit"
    verbose_name = _("Audit")

    def ready(self) -> None:
        from portal.audit import checks  # noqa: F401
