"""Append-only events, one hash chain per company (and one for the portal itself)."""

from typing import Any

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _


def forget_actor(collector: Any, field: Any, rows: Any, using: str) -> None:  # noqa: ARG001
    """``on_delete`` of who did it: who, where and the salt go together, as in an erasure."""
    for name in ("actor", "address", "salt"):
        collector.add_field_update(AuditEvent._meta.get_field(name), None, rows)


class AuditEvent(models.Model):
    """One link of a chain.

    ``hash`` is the SHA-256 of the canonical JSON of ``previous``, ``chain``, ``sequence``,
    ``action``, ``target``, ``data``, ``at``, ``version`` and ``who``. Personal data (``actor``,
    ``address``) stand outside it, so that they can be erased without breaking the chain: ``who``
    commits to them with ``salt``, which goes with them. ``mac`` proves, by a key of the vault, that
    the portal wrote the hash. Links of version 1 have neither ``who`` nor ``mac``.
    """

    KEYED = 2

    chain = models.CharField(_("chain"), max_length=40)
    sequence = models.PositiveBigIntegerField(_("sequence"))
    action = models.CharField(_("action"), max_length=60)
    target = models.CharField(_("target"), max_length=80, blank=True)
    data = models.JSONField(_("data"), default=dict)
    at = models.DateTimeField(_("at"))
    previous = models.CharField(_("previous hash"), max_length=64, blank=True)
    hash = models.CharField(_("hash"), max_length=64)
    version = models.PositiveSmallIntegerField(default=1)
    who = models.CharField(max_length=64, blank=True, default="")
    mac = models.CharField(max_length=90, blank=True, default="")
    salt = models.CharField(max_length=32, null=True)  # noqa: DJ001  (None: erased)
    actor = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=forget_actor, null=True, related_name="+",
        verbose_name=_("who"), db_constraint=False,
    )  # fmt: skip
    address = models.GenericIPAddressField(_("address"), null=True)

    class Meta:
        verbose_name = _("audit event")
        verbose_name_plural = _("audit events")
        ordering = ("-pk",)
        constraints = [
            models.UniqueConstraint(fields=["chain", "sequence"], name="audit_chain_sequence")
        ]
        indexes = [
            models.Index(fields=["target", "-id"], name="audit_by_target"),
            models.Index(fields=["actor", "-id"], name="audit_by_actor"),
            models.Index(fields=["at", "id"], name="audit_by_time"),
            models.Index(fields=["chain", "at", "id"], name="audit_by_chain"),
            models.Index(fields=["action", "at", "id"], name="audit_by_action"),
        ]

    def __str__(self) -> str:
        return f"{self.chain}#{self.sequence} {self.action}"
