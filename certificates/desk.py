"""Certificates: what they add to the portal."""

from typing import Any

from celery.schedules import crontab
from django.http import HttpRequest
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext, gettext_noop
from django.utils.translation import gettext_lazy as _

from certificates.models import SigningCertificate
from certificates.models.known import SEE_ALL, SERVICE, CertificateUse, may_see_all
from certificates.services import listing, watching
from certificates.services.known import forget_person, record_login
from certificates.services.signers import watch_what_signs
from portal import desks, hooks
from portal.accounts.labels import instant
from portal.accounts.limits import Limit
from portal.accounts.models import User
from portal.accounts.scope import RequestScope
from portal.permissions import ADMINISTRATION, REGISTRATION, all_of, may_work
from portal.reminders.labels import day_text
from portal.reminders.registry import Watch
from portal.vault.sealed import SealedField


def _sees_certificates(request: HttpRequest) -> bool:
    """Clients, and staff who may look at everybody's."""
    return not request.user.is_staff or may_work(request, SEE_ALL)


def note_certificate(event: hooks.CertificateShown) -> None:
    """The certificate joins the person's "Certificados", to be watched until its end."""
    if isinstance(event.user, User):
        record_login(event.sha256, user=event.user, at=timezone.now())


def personal_data(user: User) -> list[dict[str, Any]]:
    """The person's own certificates, and those that they had watched for a company."""
    uses = CertificateUse.objects.filter(user=user) | CertificateUse.objects.filter(by=user)
    return [
        {
            gettext("Certificate"): str(use.certificate),
            gettext("Serial number"): use.certificate.serial,
            gettext("Valid until"): instant(use.certificate.not_after),
            gettext("Use"): use.get_origin_display(),
            gettext("Company"): str(use.company or ""),
            gettext("Last used at"): instant(use.last_at),
        }
        for use in uses.select_related("certificate", "company").order_by("pk")
    ]


def find(scope: RequestScope, text: str, limit: int) -> list[desks.Hit]:
    """Certificates of a holder's name or number, whatever their state; the longest lasting first."""
    everything = listing.Criteria(listing.State.ALL, text=text)
    found = listing.select(scope.user, everything, at=timezone.now()).order_by(*everything.order)
    return [
        desks.Hit(
            title=row.name, text=f"{row.get_kind_display()} · {row.shown_tax_id} · {row.issuer}",
            url=row.get_absolute_url(),
            when=gettext("until %(day)s") % {"day": day_text(timezone.localdate(row.not_after))},
        )
        for row in found[:limit]
    ]  # fmt: skip


def list_url(scope: RequestScope, text: str) -> str:
    """The list of who searches everybody's; a client's own has no such filter."""
    query = {"q": text, "state": listing.State.ALL}
    return reverse("certificates:list", query=query) if may_see_all(scope.user) else ""


desks.register(
    desks.Desk(
        name="certificates",
        label=_("Certificates"),
        order=60,
        urls="certificates.urls",
        demo="certificates.demo.world",
        nav=[
            desks.NavItem(
                _("Certificates"), "certificates:list", "shield-check", "client", 40,
                _sees_certificates,
            ),
            desks.NavItem(
                _("Signing certificates"), "admin:certificates_signingcertificate_changelist",
                "key", "staff", 70,
                lambda request: may_work(request, "certificates.view_signingcertificate"),
            ),
        ],
        search=[
            desks.SearchSource(
                label=_("Certificates"), icon="shield-check", order=40, find=find, list_url=list_url,
                visible=_sees_certificates,
            )
        ],
        services=[
            desks.Service(
                name=SERVICE, label=_("Certificates"),
                operate=_("has the company's certificates watched"),
            )
        ],
        groups={
            REGISTRATION: [SEE_ALL],
            ADMINISTRATION: [SEE_ALL, *all_of("certificates", "signingcertificate")],
        },
        watches=[
            Watch(
                name="certificates", label=_("Certificates"), due=watching.due,
                recipients=watching.recipients, visible_to=watching.visible_to, staff_permission=SEE_ALL,
                list_url="certificates:list", prepare=watch_what_signs,
            )
        ],
        first_steps=[
            desks.FirstStep(
                label=_("Signing certificate"), order=50,
                text=_("An A1 certificate (.pfx) of the provider. Without it nothing is published."),
                url_name="admin:certificates_signingcertificate_changelist",
                permission="certificates.add_signingcertificate",
                is_done=SigningCertificate.objects.filter(is_active=True).exists,
            ),
        ],
        sealed=[SealedField(SigningCertificate, "sealed")],
        personal_data={gettext_noop("My certificates"): personal_data},
        on_erasure=[forget_person],
        typed={SigningCertificate: ("label",)},
        kept_on_erasure=[
            _(
                "Certificates of companies (e-CNPJ). They belong to the company; the file that the "
                "authority issued names whoever answers for it."
            ),
        ],
        hooks={hooks.CertificateShown: [note_certificate]},
        audit_words={
            "certificates.watched": _("Had a certificate watched"),
            "certificates.unwatched": _("Stopped watching a certificate"),
            "certificates.installed": _("Installed a signing certificate"),
            "certificates.activated": _("Began to sign with a certificate"),
            "certificates.deactivated": _("Stopped signing with a certificate"),
            "certificates.deleted": _("Deleted a signing certificate"),
        },
        limits={"certificate-upload": Limit(30, 3600)},
        beat={
            "certificates-ended-logins": {
                "task": "certificates.tasks.end_revoked_logins",
                "schedule": crontab(minute="10,25,40,55"),  # trust is refreshed at 35
            },
            "certificates-revocations": {
                "task": "certificates.tasks.note_revocations",
                "schedule": crontab(hour=6, minute=50),
            },
        },
    )
)  # fmt: skip
