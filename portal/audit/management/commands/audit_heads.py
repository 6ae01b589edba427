"""Note the heads of the audit chains in a signed file, now."""

from typing import Any

from django.core.management.base import BaseCommand
from django.utils import timezone
from django.utils.translation import gettext as _

from portal.audit import heads


class Command(BaseCommand):
    help = _(
        "Notes the last link of every audit chain that has grown in a signed file under "
        "AUDIT_HEADS_DIR. It happens every night; copy that folder to another machine."
    )

    def handle(self, *args: Any, **options: Any) -> None:  # noqa: ARG002
        made = heads.note(at=timezone.now())
        self.stdout.write(str(made) if made else _("No chain has grown since the last file."))
