"""Sealed values of accesses, the certificates among them, and who saw what."""

from datetime import datetime
from typing import Any

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from certificates.icp.record import Kind
from portal.accounts.models import Grant
from portal.taxid import TaxIdField, public_tax_id
from proxies.models.offices import offices_open_to
from proxies.models.proxies import Proxy


class SecretValue(models.Model):
    """One value that a field of an access has held, sealed to its office, access, field and
    version.

    The newest version of a field is the one in use; older ones are for who holds the service of
    former values. ``sealed`` is None once the value was destroyed: the row stays as a tombstone.
    The audit chain knows the newest version of each field, so that an older row put back into
    its place is noticed.
    """

    class Field(models.TextChoices):
        LOGIN = "login", _("Login")
        PASSWORD = "password", _("Password")
        CODE = "code", _("Access code")
        KEY = "key", _("Certificate with its key")
        SEED = "seed", _("Second factor")

    proxy = models.ForeignKey(Proxy, on_delete=models.CASCADE, related_name="values")
    field = models.CharField(_("field"), max_length=8, choices=Field.choices)
    version = models.PositiveIntegerField(_("version"))
    sealed = models.BinaryField(null=True, editable=False)
    set_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="+",
        editable=False,
    )  # fmt: skip
    set_at = models.DateTimeField(_("set at"))
    destroyed_at = models.DateTimeField(_("destroyed at"), null=True, blank=True)

    class Meta:
        verbose_name = _("sealed value")
        verbose_name_plural = _("sealed values")
        ordering = ("proxy", "field", "-version")
        constraints = [
            models.UniqueConstraint(
                fields=["proxy", "field", "version"], name="proxies_version_once"
            ),
            models.CheckConstraint(
                condition=Q(sealed__isnull=True, destroyed_at__isnull=False)
                | Q(sealed__isnull=False, destroyed_at=None),
                name="proxies_sealed_or_destroyed",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_field_display()} {self.version}"

    def vault_context(self) -> dict[str, Any]:
        """Where the vault binds it: see ``portal.vault.services.seal``."""
        return {
            "label": "proxies.secret",
            "tenant": str(self.proxy.office_id),
            "row": str(self.proxy_id),
            "field": self.field,
            "version": self.version,
        }


class HeldCertificate(models.Model):
    """What the certificate of a sealed key says. Public; the key itself never leaves the vault."""

    value = models.OneToOneField(SecretValue, on_delete=models.CASCADE, related_name="certificate")
    kind = models.CharField(_("kind"), max_length=8, choices=Kind.choices)
    name = models.CharField(_("holder"), max_length=200)
    tax_id = TaxIdField(_("CNPJ or CPF"), blank=True)
    issuer = models.CharField(_("issuer"), max_length=200)
    serial = models.CharField(_("serial number"), max_length=64)
    sha256 = models.CharField(_("SHA-256 fingerprint"), max_length=64, db_index=True)
    not_before = models.DateTimeField(_("valid from"))
    not_after = models.DateTimeField(_("valid until"))
    der = models.BinaryField(editable=False)
    # The certificates that came with it, one after another, PEM.
    chain = models.TextField(blank=True, editable=False)

    class Meta:
        verbose_name = _("certificate of an access")
        verbose_name_plural = _("certificates of accesses")

    def __str__(self) -> str:
        return self.name

    @property
    def shown_tax_id(self) -> str:
        """Of whom it is: the CNPJ with its mask; of a CPF only the middle."""
        return public_tax_id(self.tax_id)


class DisclosureQuerySet(models.QuerySet["Disclosure"]):
    def visible_to(self, user: Any, *, at: datetime | None = None) -> "DisclosureQuerySet":
        """Those in the offices that the person administers."""
        offices = offices_open_to(user, at=at, level=Grant.Level.ADMINISTER)
        return self.filter(proxy__office__in=offices)


class Disclosure(models.Model):
    """That somebody saw or copied a secret: written before the vault opens it. ``opened`` becomes
    False when it then could not be opened.

    It is kept when the person leaves: "seen by someone who left" asks for a new value.
    """

    class Act(models.TextChoices):
        SHOWN = "shown", pgettext_lazy("access", "Shown")
        COPIED = "copied", pgettext_lazy("access", "Copied")
        CODE = "code", _("Second-factor code shown")
        FORMER = "former", _("Former value shown")

    proxy = models.ForeignKey(Proxy, on_delete=models.CASCADE, related_name="disclosures")
    field = models.CharField(_("field"), max_length=8, choices=SecretValue.Field.choices)
    version = models.PositiveIntegerField(_("version"))
    act = models.CharField(_("what"), max_length=6, choices=Act.choices)
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="+",
        verbose_name=_("who"),
    )  # fmt: skip
    reason = models.CharField(_("reason"), max_length=200)
    opened = models.BooleanField(_("opened"), default=True, editable=False)
    at = models.DateTimeField(_("when"))

    objects = DisclosureQuerySet.as_manager()

    class Meta:
        verbose_name = _("disclosure")
        verbose_name_plural = _("disclosures")
        ordering = ("-at", "-pk")
        indexes = [
            models.Index(fields=["proxy", "-at"], name="proxies_seen_by_proxy"),
            models.Index(fields=["user", "proxy"], name="proxies_seen_by_user"),
        ]

    def __str__(self) -> str:
        return f"{self.get_act_display()} {self.get_field_display()}"
