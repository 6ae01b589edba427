"""Other people's authorities as the portal keeps them: certificates, lists and answers."""

from datetime import datetime, timedelta

from django.db import models
from django.utils.translation import gettext_lazy as _

# Once asked for, a list is kept fresh for so long; somebody who logs in renews that.
WANTED_FOR = timedelta(days=90)
FIRST_PAUSE, LONGEST_PAUSE = timedelta(minutes=1), timedelta(hours=6)


class Intermediate(models.Model):
    """An authority between a pinned root and people's certificates. Kept only with a sound chain."""

    class Source(models.TextChoices):
        BUNDLE = "bundle", _("The operator's file")
        UPLOAD = "upload", _("Uploaded by staff")
        FETCHED = "fetched", _("Fetched from the issuer's address")
        MET = "met", _("Met in a signature or at login")

    sha256 = models.CharField(_("SHA-256 fingerprint"), max_length=64, unique=True)
    der = models.BinaryField(editable=False)
    subject = models.CharField(_("authority"), max_length=200)
    issuer = models.CharField(_("issuer"), max_length=200)
    key_id = models.CharField(_("key identifier"), max_length=64, blank=True)
    issuer_key_id = models.CharField(_("issuer's key identifier"), max_length=64, blank=True)
    not_before = models.DateTimeField(_("valid from"))
    not_after = models.DateTimeField(_("valid until"))
    source = models.CharField(_("where it came from"), max_length=8, choices=Source.choices)
    source_detail = models.CharField(_("address or file"), max_length=500, blank=True)
    created_at = models.DateTimeField(_("created at"), auto_now_add=True)

    class Meta:
        verbose_name = _("intermediate authority")
        verbose_name_plural = _("intermediate authorities")
        ordering = ("subject", "-not_after")

    def __str__(self) -> str:
        return self.subject


class Fetched(models.Model):
    """Something that a job fetches from an address that a certificate names, and how that went."""

    url = models.CharField(_("address"), max_length=500)
    wanted_at = models.DateTimeField(_("last asked for"))
    fetched_at = models.DateTimeField(_("fetched at"), null=True, editable=False)
    failures = models.PositiveIntegerField(_("failures in a row"), default=0, editable=False)
    failed_at = models.DateTimeField(_("last failure"), null=True, editable=False)
    next_try_at = models.DateTimeField(null=True, editable=False)
    error = models.CharField(_("last error"), max_length=300, blank=True, editable=False)

    class Meta:
        abstract = True

    def may_try(self, at: datetime) -> bool:
        """Not while it pauses after failures."""
        return self.next_try_at is None or self.next_try_at <= at

    def note_failure(self, reason: str, *, at: datetime) -> None:
        """Unsaved: the failure, and a pause that doubles from 1 min to 6 h."""
        self.failures += 1
        self.failed_at, self.error = at, reason[:300]
        pause = FIRST_PAUSE * 2 ** min(self.failures - 1, 16)
        self.next_try_at = at + min(pause, LONGEST_PAUSE)

    def note_success(self, *, at: datetime) -> None:
        """Unsaved: it went well."""
        self.fetched_at, self.failures, self.next_try_at, self.error = at, 0, None, ""


class IssuerAddress(Fetched):
    """An address at which an authority that we miss may be found (AIA, caIssuers)."""

    url = models.CharField(_("address"), max_length=500, unique=True)

    class Meta:
        verbose_name = _("address of an authority")
        verbose_name_plural = _("addresses of authorities")

    def __str__(self) -> str:
        return self.url


class RevocationListQuerySet(models.QuerySet["RevocationList"]):
    def wanted(self, at: datetime) -> "RevocationListQuerySet":
        """Those that somebody asked for lately, without their bytes."""
        return self.filter(wanted_at__gt=at - WANTED_FOR).defer("der").order_by("pk")


class RevocationList(Fetched):
    """An authority's list of revoked certificates (CRL, RFC 5280), the newest that we hold.

    ``authority``: name and key of the issuer, hashed (``Parsed.authority_id``). ``scope``: of a
    list that speaks of a part of the certificates only, the addresses of that part.
    """

    class Covers(models.TextChoices):
        ALL = "all", _("All certificates")
        USERS = "users", _("People and companies")
        AUTHORITIES = "authorities", _("Authorities")

    authority = models.CharField(max_length=64, editable=False)
    issuer = models.CharField(_("issuer"), max_length=200, editable=False)
    der = models.BinaryField(null=True, editable=False)
    sha256 = models.CharField(_("SHA-256"), max_length=64, blank=True, editable=False)
    size = models.PositiveIntegerField(_("size in bytes"), default=0, editable=False)
    entries = models.PositiveIntegerField(_("revoked certificates"), default=0, editable=False)
    covers = models.CharField(
        _("speaks of"),
        max_length=12,
        choices=Covers.choices,
        default=Covers.ALL,
        editable=False,
    )
    scope = models.JSONField(default=list, blank=True, editable=False)
    this_update = models.DateTimeField(_("issued at"), null=True, editable=False)
    next_update = models.DateTimeField(_("next one due"), null=True, editable=False)

    objects = RevocationListQuerySet.as_manager()

    class Meta:
        verbose_name = _("revocation list")
        verbose_name_plural = _("revocation lists")
        ordering = ("issuer", "url")
        constraints = [
            models.UniqueConstraint(fields=["authority", "url"], name="one_list_per_address")
        ]

    def __str__(self) -> str:
        return self.issuer

    def is_stale(self, at: datetime) -> bool:
        return self.next_update is None or self.next_update <= at

    def is_due(self, at: datetime) -> bool:
        """Three quarters of its life are over, or it ends within two hours."""
        if self.this_update is None or self.next_update is None:
            return True
        life = self.next_update - self.this_update
        return at >= min(self.this_update + life * 3 / 4, self.next_update - timedelta(hours=2))


class RevocationAnswer(Fetched):
    """What an authority's responder said of one certificate (OCSP, RFC 6960)."""

    class State(models.TextChoices):
        GOOD = "good", _("Not revoked")
        REVOKED = "revoked", _("Revoked")
        UNKNOWN = "unknown", _("Unknown to the responder")
        NONE = "", _("No answer yet")

    authority = models.CharField(max_length=64, editable=False)
    issuer = models.CharField(_("issuer"), max_length=200, editable=False)
    serial = models.CharField(_("serial number"), max_length=64, editable=False)
    state = models.CharField(
        _("state"), max_length=8, choices=State.choices, default=State.NONE, blank=True,
        editable=False,
    )  # fmt: skip
    this_update = models.DateTimeField(_("answered for"), null=True, editable=False)
    next_update = models.DateTimeField(_("valid until"), null=True, editable=False)
    revoked_at = models.DateTimeField(_("revoked at"), null=True, editable=False)

    class Meta:
        verbose_name = _("answer about a certificate")
        verbose_name_plural = _("answers about certificates")
        ordering = ("-wanted_at",)
        constraints = [
            models.UniqueConstraint(
                fields=["authority", "serial", "url"], name="one_answer_per_certificate"
            )
        ]
        indexes = [models.Index(fields=["wanted_at"], name="answers_wanted")]

    def __str__(self) -> str:
        return f"{self.issuer}: {self.serial}"
