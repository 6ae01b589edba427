"""Reminders that were sent, reminders that people dismissed, and the addresses of calendars."""

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _


class Run(models.Model):
    """The reminders of one civil day; the row and its reminders are one transaction."""

    day = models.DateField(_("day"), primary_key=True)
    at = models.DateTimeField(_("at"))
    sent = models.PositiveIntegerField(_("sent"), default=0)
    digest = models.BooleanField(_("digest for staff"), default=False)

    class Meta:
        verbose_name = _("run of reminders")
        verbose_name_plural = _("runs of reminders")
        ordering = ("-day",)


class SentReminder(models.Model):
    """That people were told of an item at a threshold: once per item, version and threshold."""

    watch = models.CharField(max_length=30)
    key = models.CharField(max_length=80)
    version = models.CharField(max_length=80)
    threshold = models.PositiveSmallIntegerField()
    day = models.DateField()
    expires_on = models.DateField()
    people = models.ManyToManyField(settings.AUTH_USER_MODEL, related_name="+")

    class Meta:
        verbose_name = _("reminder")
        verbose_name_plural = _("reminders")
        constraints = [
            models.UniqueConstraint(
                fields=["watch", "key", "version", "threshold"], name="told_once"
            )
        ]
        indexes = [models.Index(fields=["day"], name="told_by_day")]


class Dismissal(models.Model):
    """A person wants to hear no more about this version of an item."""

    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="dismissed_reminders"
    )
    watch = models.CharField(max_length=30)
    key = models.CharField(max_length=80)
    version = models.CharField(max_length=80)
    at = models.DateTimeField()

    class Meta:
        verbose_name = _("dismissed reminder")
        verbose_name_plural = _("dismissed reminders")
        constraints = [
            models.UniqueConstraint(
                fields=["user", "watch", "key", "version"], name="dismissed_once"
            )
        ]


class FeedQuerySet(models.QuerySet["Feed"]):
    def open(self) -> "FeedQuerySet":
        """Those of people who may sign in."""
        return self.filter(user__is_active=True, user__erased_at=None)


class Feed(models.Model):
    """The secret address of a person's calendar; only the SHA-256 of its token is kept."""

    user = models.OneToOneField(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="reminder_feed"
    )
    digest = models.CharField(max_length=64, unique=True)
    created_at = models.DateTimeField()
    read_on = models.DateField(_("last read on"), null=True, blank=True)

    objects = FeedQuerySet.as_manager()

    class Meta:
        verbose_name = _("calendar address")
        verbose_name_plural = _("calendar addresses")
