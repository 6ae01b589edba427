"""Public certificates that are used here: whose they are, and where they are used."""

import re
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.db import models
from django.db.models import Exists, F, OuterRef, Q
from django.urls import reverse
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from certificates.icp.record import Kind
from portal.accounts.models import Company, Unit
from portal.accounts.opening import Means
from portal.taxid import TaxIdField, public_tax_id

SERVICE = "certificates"  # that a grant must open to show a company's
SEE_ALL = "certificates.view_knowncertificate"
_CPF = re.compile(r"\d{3}\.?\d{3}\.?\d{3}-?\d{2}(?!\d)")
SOON = timedelta(days=30)
_SEALS: dict[str, str | Promise] = {
    "seal-software": _("in software"),
    "seal-hardware": _("in hardware"),
}


class KnownCertificateQuerySet(models.QuerySet["KnownCertificate"]):
    def visible_to(self, user: Any, *, at: datetime | None = None) -> "KnownCertificateQuerySet":
        """Certificates of which the user may see a use; staff with the permission see all."""
        if may_see_all(user):
            return self
        uses = CertificateUse.objects.visible_to(user, at=at)
        return self.filter(pk__in=uses.values("certificate"))

    def valid(self, at: datetime) -> "KnownCertificateQuerySet":
        return self.filter(not_before__lte=at, not_after__gt=at)


class KnownCertificate(models.Model):
    """A certificate without its key. Each is kept once, whoever uses it; see ``CertificateUse``."""

    sha256 = models.CharField(_("SHA-256 fingerprint"), max_length=64, unique=True)
    sha1 = models.CharField(_("SHA-1 fingerprint"), max_length=40)
    kind = models.CharField(_("kind"), max_length=8, choices=Kind.choices)
    name = models.CharField(_("holder"), max_length=200)
    tax_id = TaxIdField(_("CNPJ or CPF"), blank=True)
    issuer = models.CharField(_("issuer"), max_length=200)
    serial = models.CharField(_("serial number"), max_length=64)
    policy = models.CharField(_("policy"), max_length=20, blank=True)
    not_before = models.DateTimeField(_("valid from"))
    not_after = models.DateTimeField(_("valid until"))
    revoked_at = models.DateTimeField(_("revoked at"), null=True, blank=True)
    der = models.BinaryField(editable=False)
    created_at = models.DateTimeField(_("known since"), editable=False)

    objects = KnownCertificateQuerySet.as_manager()

    class Meta:
        verbose_name = _("known certificate")
        verbose_name_plural = _("known certificates")
        indexes = [
            models.Index(fields=["not_after", "id"], name="known_by_end"),
            models.Index(fields=["tax_id", "kind", "not_after"], name="known_by_holder"),
            models.Index(fields=["name", "id"], name="known_by_name"),
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} {self.name}"

    def get_absolute_url(self) -> str:
        return reverse("certificates:known", args=[self.pk])

    @property
    def shown_tax_id(self) -> str:
        """The CNPJ with its mask; of a CPF only the middle."""
        return public_tax_id(self.tax_id)

    @property
    def name_without_cpf(self) -> str:
        """For mails: authorities put the holder's CPF behind the name."""
        return _CPF.sub("", self.name).strip(" :-")

    @property
    def policy_text(self) -> str | Promise:
        """A1 to A4, S1 to S4; of a seal where its key is kept."""
        return _SEALS.get(self.policy, self.policy)

    def days_left(self, at: datetime) -> int:
        """Civil days (Brasília) until its last one: 0 on the day itself, negative afterwards."""
        return (timezone.localdate(self.not_after) - timezone.localdate(at)).days

    def has_expired(self, at: datetime) -> bool:
        return self.not_after <= at

    def expires_soon(self, at: datetime) -> bool:
        """Within the 30 days in which a certificate is renewed."""
        return at < self.not_after <= at + SOON


class CertificateUseQuerySet(models.QuerySet["CertificateUse"]):
    def visible_to(self, user: Any, *, at: datetime | None = None) -> "CertificateUseQuerySet":
        """One's own, and those of companies of which the user sees the unit that it names.

        A company's certificate that names one of its units is for who sees that unit; any other
        is for who sees at least one unit. A session opened with an e-CNPJ sees what names that
        CNPJ, or a unit open to it, and nothing else of the person.
        """
        if not (user.is_authenticated and user.is_active):
            return self.none()
        if may_see_all(user):
            return self
        units = Unit.objects.visible_to(user, at=at, permission=SEE_ALL, service=SERVICE)
        closed = Unit.objects.filter(
            company=OuterRef("company"), cnpj=OuterRef("certificate__tax_id")
        ).exclude(Q(pk__in=units) | Q(cnpj=""))
        of_companies = Q(company__in=units.values("company")) & (
            Q(certificate__tax_id=F("company__tax_id")) | ~Exists(closed)
        )
        found = self.filter(Q(user=user.pk) | of_companies)
        opening = getattr(user, "opening", None)
        if opening is None or opening.means != Means.E_CNPJ:
            return found
        named = Q(certificate__tax_id=opening.cnpj) | Q(
            certificate__tax_id__in=units.exclude(cnpj="").values("cnpj")
        )
        return found.filter(named)

    def watched(self) -> "CertificateUseQuerySet":
        return self.filter(stopped_at=None)

    def lasting(self) -> "CertificateUseQuerySet":
        """Without those whose owner has a newer certificate of the same holder and kind."""
        holder = OuterRef("certificate__tax_id")
        owners = (
            Q(user=OuterRef("user")) | Q(company=OuterRef("company"))
            # Whoever the certificate names renews it for all; a stranger's upload, for nobody else.
            | (Q(user__cpf=holder) & ~Q(user__cpf_proof="")) | Q(company__tax_id=holder) | Q(company__units__cnpj=holder)
            | Q(user=None, company=None)
        )  # fmt: skip
        newer = CertificateUse.objects.filter(
            owners, certificate__tax_id=holder, certificate__kind=OuterRef("certificate__kind"),
            certificate__not_after__gt=OuterRef("certificate__not_after"),
            certificate__revoked_at=None,
        ).exclude(certificate__tax_id="")  # fmt: skip
        return self.filter(~Exists(newer))


class CertificateUse(models.Model):
    """Where a certificate is used, and whose it is there: a person's, a company's or the provider's.

    What the provider uses itself (its signing certificates) has neither user nor company.
    """

    class Origin(models.TextChoices):
        LOGIN = "login", _("Sign-in")
        SIGNING = "signing", _("Signing")
        PROXY = "proxy", _("Power of attorney")
        ORDER = "order", _("Order")
        UPLOAD = "upload", _("Uploaded to be watched")

    certificate = models.ForeignKey(KnownCertificate, on_delete=models.CASCADE, related_name="uses")
    origin = models.CharField(_("use"), max_length=8, choices=Origin.choices)
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, null=True, blank=True,
        related_name="certificate_uses", verbose_name=_("person"),
    )  # fmt: skip
    company = models.ForeignKey(
        Company, on_delete=models.CASCADE, null=True, blank=True,
        related_name="certificate_uses", verbose_name=_("company"),
    )  # fmt: skip
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, blank=True,
        related_name="+", verbose_name=_("uploaded by"),
    )  # fmt: skip
    first_at = models.DateTimeField(_("first used at"))
    last_at = models.DateTimeField(_("last used at"))
    stopped_at = models.DateTimeField(_("not watched since"), null=True, blank=True)

    objects = CertificateUseQuerySet.as_manager()

    class Meta:
        verbose_name = _("use of a certificate")
        verbose_name_plural = _("uses of certificates")
        constraints = [
            models.CheckConstraint(
                condition=Q(user__isnull=True) | Q(company__isnull=True),
                name="certificate_use_of_person_or_company",
            ),
            models.UniqueConstraint(
                fields=["certificate", "origin", "user"],
                condition=Q(user__isnull=False),
                name="one_certificate_use_per_person",
            ),
            models.UniqueConstraint(
                fields=["certificate", "origin", "company"],
                condition=Q(company__isnull=False),
                name="one_certificate_use_per_company",
            ),
            models.UniqueConstraint(
                fields=["certificate", "origin"],
                condition=Q(user__isnull=True, company__isnull=True),
                name="one_certificate_use_of_provider",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_origin_display()}: {self.certificate}"


def may_see_all(user: Any) -> bool:
    """Whether staff may look at everybody's certificates."""
    return bool(
        user.is_authenticated and user.is_active and user.is_staff and user.has_perm(SEE_ALL)
    )
