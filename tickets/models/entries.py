"""What was said and done about an order: the thread, its files, the timeline."""

from typing import Any

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from portal.search.models import SearchText
from tickets.models.mailboxes import IncomingMail
from tickets.models.participants import Participant
from tickets.models.tickets import Ticket


class Entry(models.Model):
    """One message of the thread, or an internal note. It is never changed."""

    class Kind(models.TextChoices):
        CLIENT = "client", _("From the client")
        AGENT = "agent", _("Answer")
        NOTE = "note", _("Internal note")
        AUTO = "auto", _("Automatic")

    ticket = models.ForeignKey(
        Ticket, on_delete=models.CASCADE, related_name="entries", db_index=False
    )
    kind = models.CharField(_("kind"), max_length=6, choices=Kind.choices)
    at = models.DateTimeField(_("at"))
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, blank=True, related_name="+",
        verbose_name=_("by"),
    )  # fmt: skip
    participant = models.ForeignKey(
        Participant, on_delete=models.SET_NULL, null=True, blank=True, related_name="entries",
        verbose_name=_("participant"),
    )  # fmt: skip
    author = models.CharField(_("author"), max_length=120, help_text=_("The name at that time."))
    source = models.CharField(_("source"), max_length=6, choices=Ticket.Source.choices)
    text = models.TextField(_("text"))
    html = models.TextField(_("page"), blank=True, help_text=_("Cleaned by our list."))
    # Characters of ``text`` from which on it quotes earlier mail; null: none is folded.
    quoted_from = models.PositiveIntegerField(null=True, blank=True)
    sender_trusted = models.BooleanField(_("sender proven"), default=True)
    # Held: from somebody who could not be told; an agent takes it in or discards it.
    held = models.BooleanField(_("held"), default=False)
    # The form or the mail it came by: sent twice it is one entry.
    key = models.CharField(max_length=80, unique=True)
    message_id = models.CharField(max_length=250, blank=True, db_index=True)
    mail = models.OneToOneField(
        IncomingMail, on_delete=models.SET_NULL, null=True, blank=True, related_name="entry"
    )

    class Meta:
        verbose_name = _("entry")
        verbose_name_plural = _("entries")
        ordering = ("at", "pk")
        indexes = [
            models.Index(fields=["ticket", "at", "id"], name="entry_by_ticket"),
            models.Index(fields=["-at", "-id"], condition=Q(held=True), name="entry_held"),
        ]

    def __str__(self) -> str:
        return f"{self.author}, {self.at:%d/%m/%Y %H:%M}"


class Attachment(models.Model):
    """A file of an entry. The same bytes in one order are stored once."""

    entry = models.ForeignKey(Entry, on_delete=models.CASCADE, related_name="attachments")
    file_key = models.CharField(max_length=120)
    name = models.CharField(_("file name"), max_length=120)
    content_type = models.CharField(_("content type"), max_length=80)
    size = models.PositiveBigIntegerField(_("size"), help_text=_("bytes"))
    sha256 = models.CharField("SHA-256", max_length=64)
    content_id = models.CharField(max_length=250, blank=True)
    inline = models.BooleanField(_("inside the text"), default=False)

    class Meta:
        verbose_name = _("attachment")
        verbose_name_plural = _("attachments")
        ordering = ("pk",)

    def __str__(self) -> str:
        return self.name


class Event(models.Model):
    """A change of an order, for its timeline. ``kind``: a state, or one of ``Kind``."""

    class Kind(models.TextChoices):
        CREATED = "created", _("Registered")
        ASSIGNED = "assigned", _("Assigned")
        TRANSFERRED = "transferred", _("Transferred")
        PRIORITY = "priority", _("Priority changed")
        FIELDS = "fields", _("Fields changed")
        MERGED = "merged", _("Merged")
        PARTICIPANT = "participant", _("Participants changed")
        BOUNCED = "bounced", _("Our mail came back")
        RATED = "rated", _("Rated")
        HELD = "held", _("Answer held")

    ticket = models.ForeignKey(Ticket, on_delete=models.CASCADE, related_name="events")
    kind = models.CharField(_("kind"), max_length=14)
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, blank=True, related_name="+",
        verbose_name=_("by"),
    )  # fmt: skip
    at = models.DateTimeField(_("at"))
    note = models.CharField(_("note"), max_length=500, blank=True)

    class Meta:
        verbose_name = _("event")
        verbose_name_plural = _("events")
        ordering = ("at", "pk")

    def __str__(self) -> str:
        return self.label

    @property
    def label(self) -> str:
        labels: dict[str, Any] = {**dict(self.Kind.choices), **dict(Ticket.Status.choices)}
        return str(labels.get(self.kind, self.kind))


class Draft(models.Model):
    """What somebody has begun to write about an order, kept until it is sent or thrown away."""

    ticket = models.ForeignKey(Ticket, on_delete=models.CASCADE, related_name="drafts")
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="ticket_drafts"
    )
    is_note = models.BooleanField(default=False)
    html = models.TextField()
    # The last entry that was there when it was begun: what came later is shown before it is sent.
    seen_entry = models.PositiveBigIntegerField(default=0)
    saved_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["ticket", "user", "is_note"], name="draft_once")
        ]

    def __str__(self) -> str:
        return f"{self.ticket}: {self.user}"


class Seen(models.Model):
    """Up to which entry a person has read an order."""

    ticket = models.ForeignKey(Ticket, on_delete=models.CASCADE, related_name="seen")
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")
    entry_pk = models.PositiveBigIntegerField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["ticket", "user"], name="seen_once")]

    def __str__(self) -> str:
        return f"{self.ticket}: {self.user}"


class EntryText(SearchText):
    """The words of an entry, with those of its order: number, subject, names, field values."""

    entry = models.OneToOneField(Entry, models.CASCADE, related_name="words")
    ticket = models.ForeignKey(Ticket, models.CASCADE, related_name="words")
    # Words of a note are found by staff alone.
    is_note = models.BooleanField(default=False)

    def __str__(self) -> str:
        return str(self.entry)
