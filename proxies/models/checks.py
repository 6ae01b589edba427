"""Checks of accesses: how an agency's login page is asked, and how each access stands in that."""

from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import models
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from proxies.models.agencies import Agency
from proxies.models.proxies import Proxy

# How long an agency that is down or slow is left alone, after the first, second, third … time.
BACKOFF = (timedelta(minutes=5), timedelta(minutes=15), timedelta(minutes=60))
# After so many answers that nobody understood, these values are sent by hand alone.
MOST_UNCLEAR = 2


class LoginPage(models.Model):
    """A login form over https, described so that an access can be tried: the one connector.

    Each line of ``opened_texts``, ``refused_texts`` and ``expired_texts`` is a text of the page
    that comes after the form was sent. ``fixed_fields``: lines of ``name=value`` sent along.
    Hidden inputs of the form are taken along by themselves.

    ``blocked_until``: it was down or slow, the ``failures``-th time, and rests as a whole.
    """

    agency = models.OneToOneField(
        Agency, on_delete=models.CASCADE, related_name="login_page", verbose_name=_("agency")
    )
    address = models.URLField(_("address of the login page"), max_length=300)
    login_field = models.CharField(_("name of the field of the login"), max_length=80)
    password_field = models.CharField(_("name of the field of the password"), max_length=80)
    fixed_fields = models.TextField(
        _("further fields"), blank=True, max_length=2000, help_text=_("One name=value a line.")
    )
    opened_texts = models.TextField(
        _("texts when it opens"), max_length=1000, help_text=_("One a line.")
    )
    refused_texts = models.TextField(
        _("texts when it is refused"), max_length=1000, help_text=_("One a line.")
    )
    expired_texts = models.TextField(
        _("texts when it has expired"), max_length=1000, blank=True, help_text=_("One a line.")
    )
    is_active = models.BooleanField(_("checked by schedule"), default=True)
    blocked_until = models.DateTimeField(null=True, blank=True, editable=False)
    failures = models.PositiveSmallIntegerField(default=0, editable=False)

    class Meta:
        verbose_name = _("login page")
        verbose_name_plural = _("login pages")

    def __str__(self) -> str:
        return str(self.agency)

    @property
    def host(self) -> str:
        """Where logins and passwords are sent: an office agrees to it, see ``CheckState``."""
        return urlsplit(self.address).netloc.lower()

    def is_blocked(self, at: datetime) -> bool:
        return self.blocked_until is not None and self.blocked_until > at

    def clean(self) -> None:
        if urlsplit(self.address).scheme != "https":
            raise ValidationError({"address": _("A login page is asked over https alone.")})
        if any("=" not in line for line in lines_of(self.fixed_fields)):
            raise ValidationError({"fixed_fields": _("One name=value a line.")})
        if self.login_field == self.password_field:
            raise ValidationError({"password_field": _("They are two fields.")})


def lines_of(text: str) -> list[str]:
    return [line.strip() for line in text.splitlines() if line.strip()]


class CheckState(models.Model):
    """How one access stands in its checks; made when somebody asks for the first.

    ``host``: where somebody of the office agreed to have the login and the password sent; nothing
    is sent elsewhere, and the schedule checks nothing where it is empty. ``lease`` names the run
    that works on it until ``leased_until``. ``values``: the agency, and the versions of the login
    and password that were sent last; ``unclear``: how often these were sent without a clear
    answer; ``is_refused``: the agency refused them or said that they expired (``is_said``: a
    person said so, and may take it back). Such values are never sent again.
    """

    proxy = models.OneToOneField(
        Proxy, on_delete=models.CASCADE, primary_key=True, related_name="check_state"
    )
    next_run = models.DateTimeField(db_index=True)
    lease = models.CharField(max_length=32, blank=True)
    leased_until = models.DateTimeField(null=True, blank=True)
    host = models.CharField(max_length=300, blank=True)
    values = models.CharField(max_length=80, blank=True)
    unclear = models.PositiveSmallIntegerField(default=0)
    is_refused = models.BooleanField(default=False)
    is_said = models.BooleanField(default=False)

    def is_running(self, at: datetime) -> bool:
        return bool(self.lease) and self.leased_until is not None and self.leased_until > at


class Outcome(models.TextChoices):
    """What came of a check."""

    OPENED = "opened", pgettext_lazy("access", "Opened")
    REFUSED = "refused", pgettext_lazy("access", "Refused")
    EXPIRED = "expired", pgettext_lazy("access", "Expired")
    UNREACHABLE = "unreachable", _("Agency not reached")
    SLOW = "slow", _("Agency did not answer in time")
    UNCLEAR = "unclear", _("Answer not understood")
    SEALED = "sealed", _("Not read from the vault")
    CUT = "cut", _("Cut off")


OUTCOME_TONES = {
    Outcome.OPENED: "ok", Outcome.REFUSED: "bad", Outcome.EXPIRED: "bad",
    Outcome.UNREACHABLE: "warn", Outcome.SLOW: "warn", Outcome.UNCLEAR: "warn",
    Outcome.SEALED: "bad", Outcome.CUT: "muted",
}  # fmt: skip


class Reason(models.TextChoices):
    """Why it came so, where the outcome alone does not say it."""

    NONE = "", ""
    TLS = "tls", _("The agency's TLS certificate is not trusted.")
    STATUS = "status", _("The agency answered with an error.")
    CAPTCHA = "captcha", _("The login page asks for a captcha: nothing was sent.")
    NO_FORM = "form", _("The login form is not on the page as it is described: nothing was sent.")
    STANDS = "stands", _("A text that is to say how it went stands on the login page already.")
    NO_TEXT = "text", _("None of the texts that were described is on the answer.")
    MANY_TEXTS = "texts", _("The answer says several things that exclude each other.")
    UNUSABLE = "unusable", _("The answer is too large, or leads to another host.")
    UNREADABLE = "unreadable", _("The answer cannot be read.")
    REPLACED = "replaced", _("The password changed while the check ran: the access goes on.")


class Check(models.Model):
    """One check of an access, kept for some months. Never what was sent or answered."""

    proxy = models.ForeignKey(Proxy, on_delete=models.CASCADE, related_name="checks")
    at = models.DateTimeField(_("when"))
    outcome = models.CharField(_("outcome"), max_length=11, choices=Outcome.choices)
    reason = models.CharField(_("reason"), max_length=10, choices=Reason.choices, blank=True)
    milliseconds = models.PositiveIntegerField(null=True)
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="+",
        verbose_name=_("asked by"),
    )  # fmt: skip

    class Meta:
        verbose_name = _("check of an access")
        verbose_name_plural = _("checks of accesses")
        ordering = ("-at", "-pk")
        indexes = [
            models.Index(fields=["proxy", "-at", "-id"], name="proxies_check_by_proxy"),
            models.Index(fields=["at"], name="proxies_check_by_day"),
        ]

    def __str__(self) -> str:
        return self.get_outcome_display()

    @property
    def seconds(self) -> float:
        return (self.milliseconds or 0) / 1000

    @property
    def tone(self) -> str:
        return OUTCOME_TONES[Outcome(self.outcome)]


def page_for(proxy: Proxy) -> Any:
    """The login page by which this access is checked; None where there is none."""
    return LoginPage.objects.filter(agency=proxy.agency_id).first()
