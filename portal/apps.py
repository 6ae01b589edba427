"""The portal's own app: the branded admin site, and what every app registers when all are loaded."""

from django.contrib.admin.apps import AdminConfig
from django.utils.module_loading import autodiscover_modules


class PortalAdminConfig(AdminConfig):
    """Imports each app's ``desk`` (see ``portal.desks``) and ``jobs`` (``portal.outbox``)."""

    default_site = "portal.admin.PortalAdminSite"

    def ready(self) -> None:
        super().ready()
        from portal import deployment  # noqa: F401

        autodiscover_modules("desk", "jobs")
