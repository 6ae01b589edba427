"""How a renewal was confirmed: with the certificate that it renews, or that its holder comes."""

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from certificates.models import KnownCertificate
from orders.models.orders import Order


class Renewal(models.Model):
    """What an order of a renewal knows of the certificate that it renews.

    ``confirmed_at``: the holder asked for the renewal with that certificate, in a session that it
    opened or by a signature over ``record`` (canonical JSON). ``in_person_at``: the holder chose to
    come instead, as for a first certificate. ``in_force``: false once the order ended, or its holder
    was corrected afterwards; the evidence stays.
    """

    class Means(models.TextChoices):
        SESSION = "session", _("in a session opened with the certificate")
        SIGNATURE = "signature", _("by a signature made with the certificate")

    order = models.OneToOneField(Order, on_delete=models.CASCADE, related_name="renewal")
    in_person_at = models.DateTimeField(_("in person since"), null=True, blank=True)
    certificate = models.ForeignKey(
        KnownCertificate, on_delete=models.SET_NULL, null=True, blank=True, related_name="+",
        verbose_name=_("certificate that is renewed"),
    )  # fmt: skip
    certificate_sha256 = models.CharField(max_length=64, blank=True)
    serial = models.CharField(_("serial number"), max_length=64, blank=True)
    not_after = models.DateTimeField(_("valid until"), null=True, blank=True)
    means = models.CharField(_("confirmed"), max_length=9, choices=Means.choices, blank=True)
    confirmed_at = models.DateTimeField(_("confirmed at"), null=True, blank=True)
    confirmed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, blank=True, related_name="+",
        verbose_name=_("confirmed by"),
    )  # fmt: skip
    # How many renewals in a row this is; 0 while it is not confirmed.
    consecutive = models.PositiveSmallIntegerField(_("renewals in a row"), default=0)
    record = models.BinaryField(default=b"")
    record_sha256 = models.CharField(max_length=64, blank=True)
    signature = models.BinaryField(null=True)
    in_force = models.BooleanField(_("counts"), default=True)

    class Meta:
        verbose_name = _("renewal")
        verbose_name_plural = _("renewals")
        default_permissions = ()
        constraints = [
            # A certificate is renewed by one order at a time.
            models.UniqueConstraint(
                fields=["certificate_sha256"],
                condition=Q(in_force=True) & ~Q(certificate_sha256=""),
                name="orders_renewed_once",
            ),
            models.CheckConstraint(
                condition=Q(confirmed_at__isnull=True) | ~Q(means="") & ~Q(certificate_sha256=""),
                name="orders_confirmed_by_certificate",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.order_id} {self.means}"

    @property
    def is_confirmed(self) -> bool:
        """Whether a confirmation counts."""
        return self.in_force and self.confirmed_at is not None

    @property
    def is_in_person(self) -> bool:
        """Whether the holder comes, and has not confirmed it."""
        return self.in_person_at is not None and not self.is_confirmed
