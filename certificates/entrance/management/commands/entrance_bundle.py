"""Write the trusted authorities to a file, for nginx; exit 1 when there are none."""

from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils.translation import gettext as _

from certificates.trust.pool import trusted_bundle_pem


class Command(BaseCommand):
    help = _("Writes roots and intermediates to a PEM file, for ssl_client_certificate of nginx.")

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("file", type=Path)

    def handle(self, *args: Any, **options: Any) -> None:  # noqa: ARG002
        bundle, file = trusted_bundle_pem(), options["file"]
        if not bundle:
            raise CommandError(_("No authority is trusted: see TRUST_ROOTS_FILE."))
        if file.exists() and file.read_bytes() == bundle:
            self.stdout.write(_("Nothing has changed."))
            return
        new = file.with_suffix(".new")
        new.write_bytes(bundle)
        new.replace(file)
        count = bundle.count(b"-----BEGIN")
        self.stdout.write(_("%(count)s authorities written") % {"count": count})
