"""Mailboxes from which orders come, and each mail that was fetched, kept as it was."""

from datetime import datetime, timedelta
from typing import Any, Self

from django.core.validators import URLValidator
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext, pgettext_lazy
from django.utils.translation import gettext_lazy as _

from portal.transitions import FINAL
from tickets.models.departments import Department

SILENT_AFTER = timedelta(minutes=30)


class MailboxQuerySet(models.QuerySet["Mailbox"]):
    def polled(self) -> Self:
        """Those that are asked by themselves."""
        return self.filter(is_active=True, paused_at=None)

    def due(self, *, at: datetime) -> Self:
        """Those to be asked now, that nobody is asking."""
        free = Q(leased_until=None) | Q(leased_until__lte=at)
        return self.polled().filter(free, Q(due_at=None) | Q(due_at__lte=at))

    def in_trouble(self, *, at: datetime) -> Self:
        """Those that should be asked and were not, with success, for ``SILENT_AFTER``, or refuse us."""
        before = at - SILENT_AFTER
        return self.filter(is_active=True).filter(
            Q(paused_at__isnull=False) | Q(failing_since__lte=before) | Q(good_at__lte=before)
        )


class Mailbox(models.Model):
    """A mailbox that is asked every minute. Its password or client secret is sealed."""

    class Auth(models.TextChoices):
        PASSWORD = "password", _("Password")
        XOAUTH2 = "xoauth2", _("OAuth 2 of Microsoft 365: client secret")
        REFRESH = "refresh", _("OAuth 2 of Google: refresh token")
        SERVICE = "service", _("OAuth 2 of Google: service account")

    class Security(models.TextChoices):
        TLS = "tls", "TLS (993)"
        STARTTLS = "starttls", "STARTTLS (143)"
        NONE = "none", _("None (this machine only)")

    department = models.ForeignKey(
        Department,
        on_delete=models.PROTECT,
        related_name="mailboxes",
        verbose_name=pgettext_lazy("service order", "department"),
    )
    address = models.EmailField(_("e-mail"), unique=True)
    host = models.CharField(_("server"), max_length=200)
    port = models.PositiveIntegerField(_("port"), default=993)
    security = models.CharField(
        _("security"), max_length=8, choices=Security.choices, default=Security.TLS
    )
    folder = models.CharField(_("folder"), max_length=100, default="INBOX")
    username = models.CharField(_("user name"), max_length=200)
    auth = models.CharField(
        _("signs in by"), max_length=8, choices=Auth.choices, default=Auth.PASSWORD
    )
    token_url = models.CharField(
        _("token address"), max_length=300, blank=True, validators=[URLValidator()],
        help_text=_(
            "Microsoft: https://login.microsoftonline.com/<tenant>/oauth2/v2.0/token. "
            "Google: https://oauth2.googleapis.com/token."
        ),
    )  # fmt: skip
    client_id = models.CharField(_("client id"), max_length=200, blank=True)
    scope = models.CharField(
        _("scope"), max_length=200, blank=True, default="https://outlook.office365.com/.default",
        help_text=_("Google: https://mail.google.com/."),
    )  # fmt: skip
    secret_expires_on = models.DateField(_("the secret expires on"), null=True, blank=True)
    sealed = models.BinaryField(editable=False, default=bytes)
    plus_addresses = models.BooleanField(
        _("takes mail to name+anything@"), default=False,
        help_text=_("Answers then find their order even where a program drops the references."),
    )  # fmt: skip
    authserv_id = models.CharField(
        _("name in Authentication-Results"), max_length=200, blank=True,
        help_text=_(
            "The name that the server which receives for this box writes first in that header, such "
            "as mx.google.com. For Microsoft 365, which writes none, enter microsoft. Empty: no "
            "sender counts as proven, and every answer waits for an agent."
        ),
    )  # fmt: skip
    arc_sealers = models.CharField(
        _("trusted ARC sealers"), max_length=300, blank=True, help_text=_("Domains, with commas.")
    )
    is_active = models.BooleanField(_("active"), default=True)

    uid_validity = models.PositiveBigIntegerField(default=0, editable=False)
    last_uid = models.PositiveBigIntegerField(default=0, editable=False)
    polled_at = models.DateTimeField(_("asked at"), null=True, editable=False)
    good_at = models.DateTimeField(_("last asked with success at"), null=True, editable=False)
    error = models.CharField(_("error"), max_length=300, blank=True, editable=False)
    # Refused credentials are not tried again by themselves: the account would be locked.
    paused_at = models.DateTimeField(_("paused at"), null=True, editable=False)
    alerted_at = models.DateTimeField(null=True, editable=False)
    # Who asks it holds it until then; after failures it is asked again at ``due_at``.
    leased_until = models.DateTimeField(null=True, editable=False)
    failures = models.PositiveIntegerField(default=0, editable=False)
    failing_since = models.DateTimeField(null=True, editable=False)
    due_at = models.DateTimeField(_("asked again at"), null=True, editable=False)
    # What the last test found, or why it failed.
    tested_at = models.DateTimeField(_("tested at"), null=True, editable=False)
    test_result = models.TextField(_("result of the test"), blank=True, editable=False)

    objects = MailboxQuerySet.as_manager()

    class Meta:
        verbose_name = _("mailbox")
        verbose_name_plural = _("mailboxes")
        ordering = ("address",)
        constraints = [
            models.CheckConstraint(
                condition=~Q(auth__in=["xoauth2", "refresh"])
                | (~Q(token_url="") & ~Q(client_id="")),
                name="xoauth2_says_where",
            )
        ]

    def __str__(self) -> str:
        return self.address

    def state_text(self, *, at: datetime) -> str:
        """How it is, in words."""
        if not self.is_active:
            return gettext("Paused")
        if self.paused_at:
            return gettext("Stopped: access refused")
        if self.failing_since:
            return gettext("Not reached, tried again")
        if self.good_at is None:
            return gettext("Not asked yet")
        return (
            gettext("Not asked for too long")
            if self.good_at < at - SILENT_AFTER
            else gettext("In order")
        )

    def vault_context(self) -> dict[str, Any]:
        """What binds the sealed secret to this row; see portal.vault.seal."""
        return {
            "label": "tickets.mailbox", "tenant": "portal", "row": self.address, "field": "sealed",
        }  # fmt: skip


class IncomingMail(models.Model):
    """A mail as it came. It is stored before it is read, so that no reading can lose it."""

    class Status(models.TextChoices):
        WAITING = "waiting", _("Waits to be read")
        TAKEN = "taken", _("In an order")
        IGNORED = "ignored", _("Automatic, not taken in")
        UNREADABLE = "unreadable", _("Could not be read")
        DISCARDED = "discarded", _("Discarded")

    TRANSITIONS = {
        Status.WAITING: {
            Status.TAKEN: ("tickets.take_mail", "tickets.tasks.take_waiting"),
            Status.IGNORED: ("tickets.take_mail", "tickets.tasks.take_waiting"),
            Status.UNREADABLE: ("tickets.take_mail", "tickets.tasks.take_waiting"),
        },
        Status.UNREADABLE: {
            Status.WAITING: "tickets:mail_retry",
            Status.DISCARDED: "tickets:mail_discard",
        },
        Status.IGNORED: {Status.WAITING: "tickets:mail_retry"},
        Status.TAKEN: FINAL,
        Status.DISCARDED: FINAL,
    }

    # Null: handed in by ``manage.py ticket_mail``.
    mailbox = models.ForeignKey(
        Mailbox, on_delete=models.SET_NULL, null=True, blank=True, related_name="mails",
        verbose_name=_("mailbox"),
    )  # fmt: skip
    uid_validity = models.PositiveBigIntegerField(default=0)
    uid = models.PositiveBigIntegerField(default=0)
    file_key = models.CharField(max_length=120, blank=True)
    size = models.PositiveBigIntegerField(_("size"), help_text=_("bytes"))
    sha256 = models.CharField("SHA-256", max_length=64, db_index=True)
    message_id = models.CharField(max_length=250, blank=True, db_index=True)
    sender = models.CharField(_("from"), max_length=254, blank=True)
    subject = models.CharField(_("subject"), max_length=200, blank=True)
    status = models.CharField(
        _("status"), max_length=10, choices=Status.choices, default=Status.WAITING
    )
    # What it is and why, in codes of ``tickets.mail``: "normal", "auto:auto-submitted", "bounce".
    kind = models.CharField(max_length=40, blank=True)
    error = models.CharField(_("error"), max_length=300, blank=True)
    fetched_at = models.DateTimeField(_("fetched at"))
    done_at = models.DateTimeField(_("dealt with at"), null=True, blank=True)

    class Meta:
        verbose_name = _("incoming mail")
        verbose_name_plural = _("incoming mail")
        constraints = [
            models.UniqueConstraint(
                fields=["mailbox", "uid_validity", "uid"],
                condition=Q(mailbox__isnull=False, uid__gt=0),
                name="mail_fetched_once",
            )
        ]
        indexes = [
            models.Index(
                fields=["-fetched_at", "-id"], condition=~Q(status="taken"), name="mail_not_taken"
            )
        ]

    def __str__(self) -> str:
        return f"{self.sender}: {self.subject}"

    @property
    def tone(self) -> str:
        """Of its badge."""
        tones = {"unreadable": "bad", "waiting": "wait", "taken": "ok"}
        return tones.get(self.status, "muted")

    @property
    def can_be_retried(self) -> bool:
        return self.status in (self.Status.UNREADABLE, self.Status.IGNORED)

    @property
    def can_be_discarded(self) -> bool:
        return self.status == self.Status.UNREADABLE

    @property
    def why(self) -> str:
        """Why it is in no order, in words."""
        words = {
            "own_message_id": gettext("It is one of our own mails, come back."),
            "own_address": gettext("It is one of our own mails, come back."),
            "own_loop_mark": gettext("It is one of our own mails, come back."),
            "twice": gettext("It had come before."),
        }
        if self.error:
            return words.get(self.error, self.error)
        kind = self.kind.partition(":")[0]
        if self.status != self.Status.IGNORED:
            return ""
        if kind == "bounce":
            return gettext("A report that a mail could not be delivered; it is not one of ours.")
        return gettext("A program wrote it: an absence notice, a receipt, a newsletter.")
