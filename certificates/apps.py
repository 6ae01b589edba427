from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class CertificatesConfig(AppConfig):
    name = "certificates"
    verbose_name = _("Certificates")

    def ready(self) -> None:
        """Tell the vault where sealed certificates are, the reminders what expires."""
        from certificates import offers

        offers.register()
