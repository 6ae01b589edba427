"""Certificates: what they add to the portal."""

from typing import Any

from celery.schedules import crontab
from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext, gettext_noop
from django.utils.translation import gettext_lazy as _

from certificates.models import SigningCertificate
from certificates.models.known import SEE_ALL, SERVICE, CertificateUse
from certificates.services import watching
from certificates.services.known import forget_person, record_login
from certificates.services.signers import watch_what_signs
from portal import desks, hooks
from portal.accounts.labels import instant
from portal.accounts.limits import Limit
from portal.accounts.models import User
from portal.permissions import ADMINISTRATION, REGISTRATION, all_of, may_work
from portal.reminders.registry import Watch
from portal.vault.sealed import SealedField


def _sees_certificates(request: HttpRequest) -> bool:
    """Clients, and staff who may look at everybody's."""
    return not request.user.is_staff or may_work(request, SEE_ALL)


def note_certificate(event: hooks.CertificateShown) -> None:
    """The certificate joins the person's "Certificados", to be watched until its end."""
    user = User.objects.filter(pk=event.user_pk).first()
    if user is not None:
        record_login(event.sha256, user=user, at=timezone.now())


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
        sealed=[SealedField(SigningCertificate, "sealed")],
        personal_data={gettext_noop("My certificates"): personal_data},
        on_erasure=[forget_person],
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
