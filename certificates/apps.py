from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class CertificatesConfig(AppConfig):
    name = "certificates"
    verbose_name = _("Certificates")

    def ready(self) -> None:
        """Tell the vault where sealed certificates are, and staff where to choose one."""
        from certificates.models import SigningCertificate
        from portal import hooks
        from portal.gate import may_work
        from portal.vault.sealed import register_sealed

        register_sealed(SigningCertificate, "sealed")
        hooks.nav_items.append(
            hooks.NavItem(
                _("Signing certificates"),
                "admin:certificates_signingcertificate_changelist",
                "key",
                "staff",
                70,
                lambda request: may_work(request, "certificates.view_signingcertificate"),
            )
        )
