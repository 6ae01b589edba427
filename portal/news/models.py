"""Notices: what staff announce, to whom, and from when until when."""

from datetime import datetime
from typing import Any

from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import Exists, Q
from django.urls import reverse
from django.utils import timezone
from django.utils.safestring import SafeString
from django.utils.text import slugify
from django.utils.translation import gettext_lazy as _

from portal.accounts.models import Company, User
from portal.ui.prose import render_markdown

SLUG_LENGTH = 80


class NoticeQuerySet(models.QuerySet["Notice"]):
    def shown(self, at: datetime) -> "NoticeQuerySet":
        """Published, begun and not over."""
        return self.filter(
            Q(publish_until__isnull=True) | Q(publish_until__gt=at),
            is_published=True,
            publish_from__lte=at,
        )

    def not_dismissed_by(self, user: Any) -> "NoticeQuerySet":
        """Without what this person has put away."""
        return self.exclude(dismissals__user=user)

    def visible_to(self, user: Any, *, at: datetime) -> "NoticeQuerySet":
        """What is shown at ``at`` (aware) to this person; a stranger sees what is for everyone.

        Staff see what was written for anybody: they are asked about it. What is for companies that
        enter with a certificate only reaches their people from the day this was decided on.
        """
        shown, to = self.shown(at), Notice.Audience
        if not (user.is_authenticated and user.is_active):
            return shown.filter(audience=to.EVERYONE)
        if user.is_staff:
            return shown
        theirs = Company.objects.granted_to(user, at=at).filter(certificate_only_from__isnull=False)
        return shown.filter(
            Q(audience__in=[to.EVERYONE, to.CLIENTS])
            | (Q(audience=to.CERTIFICATE_ONLY) & Exists(theirs))
        )


class Notice(models.Model):
    """One notice. It appears and disappears at its own time, without anybody doing anything."""

    class Audience(models.TextChoices):
        EVERYONE = "everyone", _("Everyone, without signing in")
        CLIENTS = "clients", _("Clients")
        CERTIFICATE_ONLY = (
            "certificate",
            _("People of companies that enter with a certificate only"),
        )
        STAFF = "staff", _("Staff")

    class State(models.TextChoices):
        DRAFT = "draft", _("Draft")
        SCHEDULED = "scheduled", _("Scheduled")
        SHOWN = "shown", _("Shown")
        OVER = "over", _("Over")

    title = models.CharField(_("title"), max_length=120)
    slug = models.SlugField(_("address"), max_length=SLUG_LENGTH, unique=True, editable=False)
    summary = models.CharField(
        _("summary"), max_length=300,
        help_text=_("One or two sentences, shown on the front page and in lists."),
    )  # fmt: skip
    body = models.TextField(
        _("text"),
        max_length=20_000,
        help_text=_(
            "Markdown: an empty line between paragraphs, ## before a heading, - before the items of a list, **bold**, [text of a link](https://…)."
        ),
    )
    audience = models.CharField(
        _("for"), max_length=12, choices=Audience.choices, default=Audience.EVERYONE
    )
    is_pinned = models.BooleanField(
        _("pinned"), default=False, help_text=_("Stays above the others.")
    )
    is_published = models.BooleanField(
        _("published"), default=False,
        help_text=_("While it is not, nobody but those who write notices sees it."),
    )  # fmt: skip
    publish_from = models.DateTimeField(
        _("shown from"), default=timezone.now, help_text=_("Also the date printed on it.")
    )
    publish_until = models.DateTimeField(
        _("shown until"), null=True, blank=True, help_text=_("Empty: until somebody takes it away.")
    )

    objects = NoticeQuerySet.as_manager()

    class Meta:
        verbose_name = _("notice")
        verbose_name_plural = _("notices")
        ordering = ("-is_pinned", "-publish_from", "-pk")
        indexes = [
            models.Index(
                fields=["-is_pinned", "-publish_from", "-id"],
                condition=Q(is_published=True),
                name="notice_shown",
            ),
            models.Index(fields=["-publish_from", "-id"], name="notice_by_date"),
        ]
        constraints = [
            models.CheckConstraint(
                condition=Q(publish_until__isnull=True)
                | Q(publish_until__gt=models.F("publish_from")),
                name="notice_ends_after_it_begins",
            ),
        ]

    def __str__(self) -> str:
        return self.title

    def save(self, *args: Any, **kwargs: Any) -> None:
        """The address is made of the first title, and stays: links to it keep working."""
        if not self.slug:
            self.slug = self._free_slug()
        super().save(*args, **kwargs)

    def get_absolute_url(self) -> str:
        return reverse("news:notice", args=[self.slug])

    def clean(self) -> None:
        if self.publish_from and self.publish_until and self.publish_until <= self.publish_from:
            raise ValidationError({"publish_until": _("The end must come after the start.")})

    @property
    def html(self) -> SafeString:
        """The text, safe to show."""
        return render_markdown(self.body)

    @property
    def is_for_everyone(self) -> bool:
        return self.audience == self.Audience.EVERYONE

    def state(self, at: datetime) -> "Notice.State":
        """Where it stands at ``at``, as ``NoticeQuerySet.shown`` has it."""
        if not self.is_published:
            return self.State.DRAFT
        if self.publish_from > at:
            return self.State.SCHEDULED
        over = self.publish_until is not None and self.publish_until <= at
        return self.State.OVER if over else self.State.SHOWN

    def _free_slug(self) -> str:
        base = slugify(self.title)[: SLUG_LENGTH - 6].strip("-") or "noticia"
        taken = set(Notice.objects.filter(slug__startswith=base).values_list("slug", flat=True))
        return next(
            slug
            for slug in (base, *(f"{base}-{n}" for n in range(2, len(taken) + 3)))
            if slug not in taken
        )


class Dismissal(models.Model):
    """A person has read the line about a notice on the overview and put it away."""

    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="+")
    notice = models.ForeignKey(Notice, on_delete=models.CASCADE, related_name="dismissals")
    at = models.DateTimeField(auto_now_add=True)

    class Meta:
        verbose_name = _("dismissed notice")
        verbose_name_plural = _("dismissed notices")
        constraints = [
            models.UniqueConstraint(fields=["user", "notice"], name="one_dismissal_per_notice")
        ]

    def __str__(self) -> str:
        return f"{self.notice_id}"
