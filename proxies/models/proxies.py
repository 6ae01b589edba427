"""The accesses that an office holds ("procurações"): what they open, and how they stand."""

from datetime import date, datetime, timedelta
from typing import Any

from django.conf import settings
from django.db import models
from django.db.models import Exists, OuterRef, Q
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from portal.accounts.models import Company, Grant
from portal.taxid import TaxIdField, public_tax_id
from portal.transitions import FINAL
from proxies.models.agencies import Agency, Kind
from proxies.models.offices import OfficeClient, offices_open_to, offices_visible_to

SOON = 45  # days before its end in which an access is said to expire


class State(models.TextChoices):
    """How an access stands on a civil day: what people read and filter by."""

    VALID = "valid", pgettext_lazy("access", "Valid")
    EXPIRING = "expiring", pgettext_lazy("access", "Expiring")
    EXPIRED = "expired", pgettext_lazy("access", "Expired")
    REFUSED = "refused", pgettext_lazy("access", "Refused")
    REVOKED = "revoked", pgettext_lazy("access", "Revoked")
    DESTROYED = "destroyed", pgettext_lazy("access", "Destroyed")


TONES = {
    State.VALID: "ok", State.EXPIRING: "warn", State.EXPIRED: "bad", State.REFUSED: "bad",
    State.REVOKED: "muted", State.DESTROYED: "muted",
}  # fmt: skip


class ProxyQuerySet(models.QuerySet["Proxy"]):
    def visible_to(self, user: Any, *, at: datetime | None = None) -> "ProxyQuerySet":
        """Those of the offices that the person may list; never with their secrets."""
        return self.filter(office__in=offices_visible_to(user, at=at))

    def operable_by(
        self, user: Any, *, at: datetime | None = None, level: str = Grant.Level.OPERATE
    ) -> "ProxyQuerySet":
        """Those that the person may change, and whose secrets it may see: never staff."""
        return self.filter(office__in=offices_open_to(user, at=at, level=level))

    def watched(self, *, on: date | None = None) -> "ProxyQuerySet":
        """Those whose end matters on this civil day (today by default): in use, of an office that
        is still there, and not for former clients alone."""
        in_use = [Proxy.Status.ACTIVE, Proxy.Status.REFUSED]
        found = self.filter(
            status__in=in_use, office__is_active=True, office__kind=Company.Kind.OFFICE
        )
        return found.exclude(_for_former_clients(on or timezone.localdate()))

    def for_former_clients(self, on: date) -> "ProxyQuerySet":
        """Those that serve only clients whose contract with the office has ended by this day."""
        return self.filter(_for_former_clients(on))

    def in_state(self, state: str, on: date) -> "ProxyQuerySet":
        """Those that stand so on this civil day: the same rule as ``Proxy.state``."""
        if state in (State.REFUSED, State.REVOKED, State.DESTROYED):
            return self.filter(status=state)
        active = self.filter(status=Proxy.Status.ACTIVE)
        over = Q(expired_at__isnull=False) | Q(end_is_known=True, ends_on__lt=on)
        if state == State.EXPIRED:
            return active.filter(over)
        soon = Q(ends_on__lte=on + timedelta(days=SOON))
        current = active.exclude(expired_at__isnull=False).exclude(
            end_is_known=True, ends_on__lt=on
        )
        return current.filter(soon) if state == State.EXPIRING else current.exclude(soon)


def _for_former_clients(on: date) -> Q:
    """Asked of each access by itself: a list of all such would be made anew for every few rows."""
    served = Proxy.clients.through.objects.filter(proxy=OuterRef("pk"))
    still = served.filter(officeclient__in=OfficeClient.objects.served(on))
    return Q(Exists(served), ~Exists(still))


class Proxy(models.Model):
    """One access of an office to an agency's system, in the name of ``holder``.

    Its login, password, code, key and second-factor seed are ``SecretValue`` rows, sealed; none
    of them stands here. ``ends_on`` is the last civil day of the value that is in use: with
    ``end_is_known`` it expires then, without it is only to be looked at. Setting a new value is
    the one thing that moves ``value_set_on``, and ``ends_on`` but for an end that nobody knows:
    who looked at such an access puts the next look off. ``expired_at``: a person said that
    it does not open any more. ``status_note`` says why it is refused, revoked or destroyed.
    """

    class Status(models.TextChoices):
        ACTIVE = "active", _("In use")
        REFUSED = "refused", pgettext_lazy("access", "Refused")
        REVOKED = "revoked", pgettext_lazy("access", "Revoked")
        DESTROYED = "destroyed", pgettext_lazy("access", "Destroyed")

    TRANSITIONS = {
        Status.ACTIVE: {
            # The agency refused it: said by a check of the access, or by a person.
            Status.REFUSED: ("proxies:refuse", "proxies.check"),
            Status.REVOKED: "proxies:revoke",
            Status.DESTROYED: ("proxies:destroy", "proxies.tasks.destroy_left"),
        },
        Status.REFUSED: {
            # A new value, or a person who says that it was right all the same.
            Status.ACTIVE: ("proxies:change", "proxies:release"),
            Status.REVOKED: "proxies:revoke",
            Status.DESTROYED: ("proxies:destroy", "proxies.tasks.destroy_left"),
        },
        Status.REVOKED: {
            Status.ACTIVE: "proxies:reactivate",
            Status.DESTROYED: ("proxies:destroy", "proxies.tasks.destroy_left"),
        },
        Status.DESTROYED: FINAL,
    }
    AUDIT_ACTIONS = {
        Status.ACTIVE: "proxy.active",
        Status.REFUSED: "proxy.refused",
        Status.REVOKED: "proxy.revoked",
        Status.DESTROYED: "proxy.destroyed",
    }
    HISTORY = "events"

    office = models.ForeignKey(
        Company, on_delete=models.PROTECT, related_name="proxies", verbose_name=_("office")
    )
    agency = models.ForeignKey(
        Agency, on_delete=models.PROTECT, related_name="proxies", verbose_name=_("agency")
    )
    kind = models.CharField(_("kind of access"), max_length=11, choices=Kind.choices)
    name = models.CharField(_("name"), max_length=120)
    holder = TaxIdField(_("CNPJ of the office or CPF of the person"))
    holder_name = models.CharField(_("holder"), max_length=160, blank=True)
    clients = models.ManyToManyField(
        OfficeClient, blank=True, related_name="proxies", verbose_name=_("clients that it serves")
    )
    notes = models.TextField(_("notes"), blank=True, max_length=2000)
    status = models.CharField(
        _("status"), max_length=9, choices=Status.choices, default=Status.ACTIVE
    )
    status_note = models.CharField(_("reason"), max_length=300, blank=True)
    value_set_on = models.DateField(_("value of"), editable=False)
    ends_on = models.DateField(_("ends on"), editable=False)
    end_is_known = models.BooleanField(default=False, editable=False)
    expired_at = models.DateTimeField(_("expired since"), null=True, blank=True, editable=False)
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="+",
        editable=False,
    )  # fmt: skip
    created_at = models.DateTimeField(_("created at"), auto_now_add=True)
    # How often its form was saved: a form shown before the last time is refused.
    changes = models.PositiveIntegerField(default=0, editable=False)

    objects = ProxyQuerySet.as_manager()

    class Meta:
        verbose_name = pgettext_lazy("access", "proxy")
        verbose_name_plural = pgettext_lazy("access", "proxies")
        ordering = ("ends_on", "pk")
        constraints = [
            models.UniqueConstraint(
                fields=["office", "name"], condition=~Q(status="destroyed"),
                name="proxies_name_once",
            )
        ]  # fmt: skip
        indexes = [
            models.Index(fields=["office", "ends_on", "id"], name="proxies_by_end"),
            models.Index(fields=["office", "name", "id"], name="proxies_by_name"),
            models.Index(fields=["holder"], name="proxies_by_holder"),
            # The daily scan of what expires reads this in its order.
            models.Index(
                fields=["ends_on", "id"], name="proxies_watched",
                condition=Q(status__in=["active", "refused"]),
            ),
        ]  # fmt: skip

    def __str__(self) -> str:
        return self.name

    def get_absolute_url(self) -> str:
        return reverse("proxies:proxy", args=[self.pk])

    @property
    def audit_company(self) -> int:
        return self.office_id

    def state(self, on: date) -> State:
        """How it stands on this civil day (Brasília)."""
        if self.status != self.Status.ACTIVE:
            return State(self.status)
        if self.expired_at or (self.end_is_known and self.ends_on < on):
            return State.EXPIRED
        return State.EXPIRING if (self.ends_on - on).days <= SOON else State.VALID

    def can_be_used(self, on: date) -> bool:
        """Whether checks and consultations may use it: an expired or refused one is paused, and so
        is that of an office or of clients that left."""
        is_there = self.office.is_active and self.office.kind == Company.Kind.OFFICE
        in_order = self.state(on) in (State.VALID, State.EXPIRING) and is_there
        return in_order and not self.is_for_former_clients(on)

    def is_for_former_clients(self, on: date) -> bool:
        """Whether it serves only clients whose contract has ended: ``for_former_clients``."""
        clients = self.clients.all()
        return bool(clients) and not any(client.is_served(on) for client in clients)

    @property
    def main_field(self) -> str:
        """The secret whose renewal sets the clock: see ``SecretValue.Field``."""
        return {Kind.LOGIN: "password", Kind.CODE: "code", Kind.CERTIFICATE: "key"}[Kind(self.kind)]

    @property
    def shown_holder(self) -> str:
        """The CNPJ with its mask; of a CPF only the middle."""
        return public_tax_id(self.holder)


class ProxyEvent(models.Model):
    """The history of an access: its steps, and what people changed. Never a secret.

    ``note``: the reason of a step; of a value that is new or removed, the name of its field.
    """

    class Kind(models.TextChoices):
        CREATED = "created", pgettext_lazy("access", "Registered")
        CHANGED = "changed", _("Data changed")
        VALUE = "value", _("New value")
        REMOVED = "removed", pgettext_lazy("access", "Removed")
        CONFIRMED = "confirmed", _("Looked at: it still opens")
        EXPIRED = "expired", _("Said to be expired")
        ACTIVE = "active", _("In use")
        REFUSED = "refused", pgettext_lazy("access", "Refused")
        REVOKED = "revoked", pgettext_lazy("access", "Revoked")
        DESTROYED = "destroyed", pgettext_lazy("access", "Destroyed")

    proxy = models.ForeignKey(Proxy, on_delete=models.CASCADE, related_name="events")
    kind = models.CharField(max_length=9, choices=Kind.choices)
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="+"
    )
    at = models.DateTimeField()
    note = models.CharField(max_length=300, blank=True)

    class Meta:
        verbose_name = _("event of an access")
        verbose_name_plural = _("events of accesses")
        ordering = ("at", "pk")
        indexes = [models.Index(fields=["proxy", "at"], name="proxies_event_by_proxy")]
