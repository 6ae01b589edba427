"""Mailboxes from which orders come, and each mail that was fetched, kept as it was."""

from typing import Any

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from portal.transitions import FINAL
from tickets.models.departments import Department


class Mailbox(models.Model):
    """A mailbox that is asked every minute. Its password or client secret is sealed."""

    class Auth(models.TextChoices):
        PASSWORD = "password", _("Password")
        XOAUTH2 = "xoauth2", _("OAuth 2 (XOAUTH2), client credentials")

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
    token_url = models.URLField(
        _("token address"), max_length=300, blank=True,
        help_text="https://login.microsoftonline.com/<tenant>/oauth2/v2.0/token",
    )  # fmt: skip
    client_id = models.CharField(_("client id"), max_length=200, blank=True)
    scope = models.CharField(
        _("scope"), max_length=200, blank=True, default="https://outlook.office365.com/.default"
    )
    secret_expires_on = models.DateField(_("the secret expires on"), null=True, blank=True)
    sealed = models.BinaryField(editable=False, default=bytes)
    plus_addresses = models.BooleanField(
        _("takes mail to name+anything@"), default=False,
        help_text=_("Answers then find their order even where a program drops the references."),
    )  # fmt: skip
    authserv_id = models.CharField(
        _("name in Authentication-Results"), max_length=200, blank=True,
        help_text=_("Of the server that receives for this box; empty: no sender counts as proven."),
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

    class Meta:
        verbose_name = _("mailbox")
        verbose_name_plural = _("mailboxes")
        ordering = ("address",)
        constraints = [
            models.CheckConstraint(
                condition=~Q(auth="xoauth2") | (~Q(token_url="") & ~Q(client_id="")),
                name="xoauth2_says_where",
            )
        ]

    def __str__(self) -> str:
        return self.address

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
