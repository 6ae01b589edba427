from importlib import import_module

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class InvoicesConfig(AppConfig):
    name = "invoices"
    verbose_name = _("Invoices and reports")

    def ready(self) -> None:
        """Make known what the desk offers: jobs, menu entries, cards."""
        for module in ("invoices.jobs", "invoices.offers"):
            import_module(module)
