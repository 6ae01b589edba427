"""Powers of attorney that a company gives with its certificate: who sees them, how they stand."""

from datetime import date, datetime
from typing import Any, ClassVar

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.urls import reverse
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from portal import desks
from portal.accounts.labels import services_text
from portal.accounts.models import Company, Grant, Unit
from portal.public_codes import CODE_LENGTH, group_code, new_code
from portal.taxid import CNPJField, CPFField, format_tax_id, mask_cpf
from portal.transitions import FINAL, Steps
from proxies.powers.models.sessions import company_session_of, opened_by_e_cpf, proven_cpf_of

VIEW, CHANGE = "powers.view_power", "powers.change_power"
SOON = 30  # days before its end in which a power is said to end soon


class State(models.TextChoices):
    """How a power stands on a civil day: what people read and filter by."""

    DRAFT = "draft", pgettext_lazy("power", "Draft")
    WAITING = "waiting", pgettext_lazy("power", "Waiting for acceptance")
    FUTURE = "future", pgettext_lazy("power", "Accepted, not begun")
    ACTIVE = "active", pgettext_lazy("power", "In force")
    ENDING = "ending", pgettext_lazy("power", "Ends soon")
    DECLINED = "declined", pgettext_lazy("power", "Declined")
    RENOUNCED = "renounced", pgettext_lazy("power", "Renounced")
    REVOKED = "revoked", pgettext_lazy("power", "Revoked")
    ENDED = "ended", pgettext_lazy("power", "Ended by the portal")
    EXPIRED = "expired", pgettext_lazy("power", "Expired")


TONES = {
    State.DRAFT: "muted", State.WAITING: "info", State.FUTURE: "info", State.ACTIVE: "ok",
    State.ENDING: "warn", State.DECLINED: "muted", State.RENOUNCED: "muted",
    State.REVOKED: "bad", State.ENDED: "muted", State.EXPIRED: "muted",
}  # fmt: skip


class PowerQuerySet(models.QuerySet["Power"]):
    def visible_to(self, user: Any, *, at: datetime | None = None) -> "PowerQuerySet":
        """Those of both sides: see ``granted`` and ``received``; staff with the permission all but
        drafts."""
        if not (user.is_authenticated and user.is_active):
            return self.none()
        if user.is_staff and user.has_perm(VIEW):
            return self.exclude(status=Power.Status.DRAFT)
        return self.filter(_granted_by(user, at or timezone.now()) | _received_by(user))

    def granted(self, user: Any, *, at: datetime | None = None) -> "PowerQuerySet":
        """Those of the companies for which the person acts in this session: by the e-CNPJ that
        opened it, or as an administrator of the whole company. Drafts only to who made them."""
        if not (user.is_authenticated and user.is_active):
            return self.none()
        return self.filter(_granted_by(user, at or timezone.now()))

    def received(self, user: Any, *, at: datetime | None = None) -> "PowerQuerySet":  # noqa: ARG002
        """Those given to the person, by the CPF that is proven."""
        return self.filter(_received_by(user))

    def in_state(self, state: str, on: date) -> "PowerQuerySet":
        """Those that stand so on this civil day: the same rule as ``Power.state``."""
        status = Power.Status
        live = self.filter(status__in=LIVE, ends_on__gte=on)
        if state == State.WAITING:
            return live.filter(status=status.WAITING)
        if state == State.EXPIRED:
            return self.filter(Q(status=status.EXPIRED) | Q(status__in=LIVE, ends_on__lt=on))
        active = live.filter(status=status.ACTIVE)
        soon = Q(ends_on__lte=date.fromordinal(on.toordinal() + SOON))
        if state == State.FUTURE:
            return active.filter(starts_on__gt=on)
        if state == State.ENDING:
            return active.filter(soon, starts_on__lte=on)
        if state == State.ACTIVE:
            return active.exclude(soon).filter(starts_on__lte=on)
        return self.filter(status=state)

    def discard_drafts(self) -> int:
        """Delete the drafts among these; how many. Belongs into a transaction: what is confirmed at
        the same moment is waited for, and stays."""
        drafts = self.filter(status=Power.Status.DRAFT).order_by("pk").select_for_update()
        keys = list(drafts.values_list("pk", flat=True))
        Power.objects.filter(pk__in=keys).delete()
        return len(keys)

    def live(self, on: date) -> "PowerQuerySet":
        """Those that wait or are in force on this civil day, or will be."""
        return self.filter(status__in=LIVE, ends_on__gte=on)


def _granted_by(user: Any, at: datetime) -> Q:
    no_draft = ~Q(status=Power.Status.DRAFT)
    if cnpj := company_session_of(user):
        opened = Unit.objects.opened_by(cnpj).order_by().values("company")
        places = Q(company__in=opened) | Q(company__tax_id=cnpj, company__is_active=True)
        return Q(cnpj=cnpj) & places & (no_draft | Q(signer=user.pk))
    return no_draft & Q(company__in=Company.objects.administered_by(user, at=at).order_by())


def _received_by(user: Any) -> Q:
    cpf = proven_cpf_of(user)
    return Q(grantee_cpf=cpf) & ~Q(status=Power.Status.DRAFT) if cpf else Q(pk__in=[])


class Power(models.Model):
    """One power of attorney: a company (grantor) lets a person (grantee) use services for it.

    ``units``: the places; none means the whole company. ``cnpj``: of the certificate by which it is
    given. ``signer``: who answers for the company, as that certificate says. ``services`` names
    services of desks. ``starts_on`` and ``ends_on`` are civil days of Brasília, the last included.
    ``record``: canonical JSON, what was granted, word for word; made with the draft and never
    changed. ``signature``: the grantor's own over it, where the operator asks for one.
    """

    class Status(models.TextChoices):
        DRAFT = "draft", pgettext_lazy("power", "Draft")
        WAITING = "waiting", pgettext_lazy("power", "Waiting for acceptance")
        ACTIVE = "active", pgettext_lazy("power", "Accepted")
        DECLINED = "declined", pgettext_lazy("power", "Declined")
        RENOUNCED = "renounced", pgettext_lazy("power", "Renounced")
        REVOKED = "revoked", pgettext_lazy("power", "Revoked")
        ENDED = "ended", pgettext_lazy("power", "Ended by the portal")
        EXPIRED = "expired", pgettext_lazy("power", "Expired")

    class Means(models.TextChoices):
        """How the company confirmed it."""

        SESSION = "session", _("confirmed on the page, in the session of the e-CNPJ")
        SIGNATURE = "signature", _("signed with the e-CNPJ outside of the portal")

    _REVOKE = ("powers:revoke", "powers:desk_revoke")
    _EXPIRE, _END = "proxies.powers.tasks.end_due", "proxies.powers.tasks.end_left"
    TRANSITIONS: ClassVar[dict[str, Steps]] = {
        Status.DRAFT: {Status.WAITING: ("powers:confirm", "powers:sign")},
        Status.WAITING: {
            Status.ACTIVE: "powers:accept",
            Status.DECLINED: "powers:decline",
            Status.REVOKED: _REVOKE,
            Status.EXPIRED: _EXPIRE,
            Status.ENDED: _END,
        },
        Status.ACTIVE: {
            Status.RENOUNCED: "powers:renounce",
            Status.REVOKED: _REVOKE,
            Status.EXPIRED: _EXPIRE,
            Status.ENDED: _END,
        },
        **dict.fromkeys(
            (Status.DECLINED, Status.RENOUNCED, Status.REVOKED, Status.ENDED, Status.EXPIRED), FINAL
        ),
    }
    AUDIT_ACTIONS = {
        Status.WAITING: "power.granted",
        Status.ACTIVE: "power.accepted",
        Status.DECLINED: "power.declined",
        Status.RENOUNCED: "power.renounced",
        Status.REVOKED: "power.revoked",
        Status.ENDED: "power.ended",
        Status.EXPIRED: "power.expired",
    }
    HISTORY = "steps"

    code = models.CharField(
        _("verification code"), max_length=CODE_LENGTH, unique=True, default=new_code,
        editable=False,
    )  # fmt: skip
    company = models.ForeignKey(
        Company, on_delete=models.PROTECT, related_name="powers", verbose_name=_("company")
    )
    units = models.ManyToManyField(Unit, blank=True, related_name="+", verbose_name=_("units"))
    cnpj = CNPJField(_("CNPJ of the certificate"))
    grantor_name = models.CharField(_("grantor"), max_length=200)
    signer = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, blank=True,
        related_name="+", verbose_name=_("responsible person"),
    )  # fmt: skip
    signer_cpf = CPFField(_("CPF of the responsible person"))
    signer_name = models.CharField(_("responsible person"), max_length=120)
    certificate_sha256 = models.CharField(_("SHA-256 fingerprint"), max_length=64)
    grantee_cpf = CPFField(_("CPF of the grantee"))
    grantee_name = models.CharField(_("grantee"), max_length=120)
    grantee_email = models.EmailField(_("e-mail of the grantee"), blank=True)
    grantee = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, blank=True,
        related_name="+", verbose_name=_("grantee"),
    )  # fmt: skip
    office_cnpj = CNPJField(_("CNPJ of the accounting office"), blank=True)
    services = models.JSONField(_("services"), default=list)
    level = models.CharField(
        _("level"), max_length=10, choices=Grant.Level.choices, default=Grant.Level.OPERATE
    )
    starts_on = models.DateField(_("from"))
    ends_on = models.DateField(_("until"))
    status = models.CharField(
        _("status"), max_length=9, choices=Status.choices, default=Status.DRAFT
    )
    status_note = models.CharField(_("reason"), max_length=300, blank=True)
    means = models.CharField(_("confirmation"), max_length=9, choices=Means.choices, blank=True)
    record = models.BinaryField(editable=False)
    record_sha256 = models.CharField(_("SHA-256 of the record"), max_length=64, editable=False)
    signature = models.BinaryField(null=True, editable=False)
    pdf_key = models.CharField(max_length=200, blank=True, editable=False)
    pdf_sha256 = models.CharField(max_length=64, blank=True, editable=False)
    renews = models.ForeignKey(
        "self", on_delete=models.SET_NULL, null=True, blank=True, related_name="renewals"
    )
    created_at = models.DateTimeField(_("created at"), editable=False)
    granted_at = models.DateTimeField(_("granted at"), null=True, blank=True, editable=False)
    accepted_at = models.DateTimeField(_("accepted at"), null=True, blank=True, editable=False)
    ended_at = models.DateTimeField(_("ended at"), null=True, blank=True, editable=False)

    objects = PowerQuerySet.as_manager()

    class Meta:
        verbose_name = _("electronic power of attorney")
        verbose_name_plural = _("electronic powers of attorney")
        ordering = ("-created_at", "-pk")
        constraints = [
            models.CheckConstraint(
                condition=Q(starts_on__lte=F("ends_on")), name="power_ends_after_start"
            ),
            models.CheckConstraint(
                condition=~Q(level=Grant.Level.ADMINISTER), name="power_never_administers"
            ),
            models.CheckConstraint(
                condition=Q(status="draft", means="", granted_at__isnull=True)
                | (~Q(status="draft") & ~Q(means="") & Q(granted_at__isnull=False)),
                name="power_is_granted_or_a_draft",
            ),
            models.CheckConstraint(
                condition=~Q(means="signature") | Q(signature__isnull=False),
                name="power_signed_has_signature",
            ),
        ]
        indexes = [
            models.Index(fields=["company", "-created_at", "-id"], name="powers_of_company"),
            models.Index(fields=["cnpj", "-created_at", "-id"], name="powers_of_cnpj"),
            models.Index(fields=["grantee_cpf", "-created_at", "-id"], name="powers_of_grantee"),
            models.Index(fields=["-created_at", "-id"], name="powers_newest"),
            models.Index(fields=["status", "ends_on", "id"], name="powers_by_end"),
            models.Index(fields=["ended_at"], name="powers_ended"),
            # What staff look up. Words of the names: see migration 0003.
            models.Index(fields=["signer_cpf"], name="powers_of_signer"),
            models.Index(
                fields=["office_cnpj"], name="powers_of_office", condition=~Q(office_cnpj="")
            ),
        ]

    def __str__(self) -> str:
        return self.shown_code

    def get_absolute_url(self) -> str:
        name = "powers:draft" if self.status == self.Status.DRAFT else "powers:power"
        return reverse(name, args=[self.code])

    @property
    def audit_company(self) -> int:
        return self.company_id

    # What people read

    @property
    def shown_code(self) -> str:
        return group_code(self.code)

    @property
    def shown_cnpj(self) -> str:
        return format_tax_id(self.cnpj)

    @property
    def masked_grantee_cpf(self) -> str:
        return mask_cpf(self.grantee_cpf)

    @property
    def masked_signer_cpf(self) -> str:
        return mask_cpf(self.signer_cpf)

    @property
    def services_text(self) -> str:
        return services_text(self.services)

    @property
    def service_labels(self) -> list[str | Promise]:
        """Each service as people call it; one whose desk is gone by its name."""
        known = desks.services()
        return [known[name].label if name in known else name for name in self.services]

    def state(self, on: date) -> State:
        """How it stands on this civil day (Brasília)."""
        if self.status not in LIVE:
            return State(self.status)
        if self.ends_on < on:
            return State.EXPIRED
        if self.status == self.Status.WAITING:
            return State.WAITING
        if self.starts_on > on:
            return State.FUTURE
        return State.ENDING if (self.ends_on - on).days <= SOON else State.ACTIVE

    def is_live(self, on: date) -> bool:
        """Whether it waits or is in force on this civil day, or will be."""
        return self.status in LIVE and self.ends_on >= on

    # Who may do what

    def is_of_company_session(self, user: Any) -> bool:
        """Whether the session is one of the e-CNPJ by which it is given."""
        return bool(self.cnpj) and company_session_of(user) == self.cnpj

    def is_for(self, user: Any) -> bool:
        """Whether the person is the grantee, by the CPF that is proven."""
        return bool(self.grantee_cpf) and proven_cpf_of(user) == self.grantee_cpf

    def is_of_another_signer(self, user: Any) -> bool:
        """Whether somebody else answered for the company when it was given: the present
        responsible person may keep it or revoke it."""
        return self.is_of_company_session(user) and self.signer_id != user.pk

    def can_be_confirmed_by(self, user: Any) -> bool:
        """By who made the draft, in a session of the same e-CNPJ's CNPJ."""
        is_draft = self.status == self.Status.DRAFT
        return is_draft and self.is_of_company_session(user) and self.signer_id == user.pk

    can_be_discarded_by = can_be_confirmed_by

    def can_be_accepted_by(self, user: Any, on: date) -> bool:
        """By the grantee, in a session that the e-CPF opened; never by staff."""
        is_waiting = self.status == self.Status.WAITING and self.ends_on >= on
        return is_waiting and self.is_for(user) and opened_by_e_cpf(user) and not user.is_staff

    def can_be_declined_by(self, user: Any) -> bool:
        return self.status == self.Status.WAITING and self.is_for(user)

    def can_be_renounced_by(self, user: Any) -> bool:
        return self.status == self.Status.ACTIVE and self.is_for(user)

    def can_be_revoked_by(self, user: Any, at: datetime) -> bool:
        """By a session of its e-CNPJ, or an administrator of the company."""
        mine = Power.objects.granted(user, at=at)
        return self.status in LIVE and mine.filter(pk=self.pk).exists()

    def can_be_revoked_by_staff(self, user: Any) -> bool:
        return self.status in LIVE and bool(user.is_staff and user.has_perm(CHANGE))

    def can_be_renewed_by(self, user: Any) -> bool:
        """By a session of its e-CNPJ, while it is in force or after its end."""
        kept = (self.Status.ACTIVE, self.Status.EXPIRED)
        return self.status in kept and self.is_of_company_session(user)


LIVE = (Power.Status.WAITING, Power.Status.ACTIVE)
