from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class DemoConfig(AppConfig):
    """Installed with ``DEMO`` alone; see ``INSTALLED_APPS``."""

    name = "certificates.demo"
    label = "certificates_demo"
    verbose_name = _("Demonstration")

    def ready(self) -> None:
        from certificates.demo import registration

        registration.register()
