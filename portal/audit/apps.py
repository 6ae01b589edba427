import logging
from typing import Any

from django.apps import AppConfig
from django.db.models.signals import post_migrate
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

logger = logging.getLogger(__name__)


class AuditConfig(AppConfig):
    name = "portal.audit"
    verbose_name = _("Audit")

    def ready(self) -> None:
        from portal.audit import checks  # noqa: F401

        post_migrate.connect(seal_old_chains, sender=self)


def seal_old_chains(**_said: Any) -> None:
    """After an update: whatever way it is made, its ``migrate`` ends here."""
    from portal.audit import heads
    from portal.vault.services import VaultError

    try:
        heads.seal_old_chains(at=timezone.now())
    except (OSError, VaultError):
        logger.exception("The heads of the audit could not be noted: run audit_heads.")
