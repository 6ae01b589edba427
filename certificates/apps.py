from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class CertificatesConfig(AppConfig):
    name = "certificates"
    verbose_name = _("Certificates")

    def ready(self) -> None:
        """Tell the vault where sealed certificates are."""
        from certificates.models import SigningCertificate
        from portal.vault.sealed import register_sealed

        register_sealed(SigningCertificate, "sealed")
