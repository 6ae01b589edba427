"""Make the demonstration's certification authority, its people's certificates, and sign with it."""

from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.utils.translation import gettext as _

from certificates import demo
from certificates.demo.signer import demo_pfx
from certificates.models import SigningCertificate
from certificates.services import install_pfx


class Command(BaseCommand):
    help = _("Makes the demonstration's certification authority and the certificates it issues.")

    def handle(self, **_options: Any) -> None:
        if not settings.DEMO:
            raise CommandError(_("This is not a demonstration (DEMO is off)."))
        pfx, password = demo_pfx()
        real = SigningCertificate.objects.filter(is_active=True, is_demo=False).exists()
        row = install_pfx(pfx, password, label=_("Demonstration"), by=None, activate=not real)
        self.stdout.write(f"{demo.folder()}: {row.holder}, {row.not_after:%d/%m/%Y}")
        demo.server()
        self.stdout.write("\n".join(demo.describe()))
