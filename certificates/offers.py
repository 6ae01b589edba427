"""What certificates add to the menu, to "my data" and to the reminders."""

from typing import Any

from django.http import HttpRequest
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, gettext_noop

from certificates import watching
from certificates.models import SigningCertificate
from certificates.models.known import SEE_ALL, CertificateUse
from certificates.services.known import forget_person
from certificates.services.signing import watch_what_signs
from portal import hooks
from portal.accounts.models import User
from portal.accounts.words import instant
from portal.gate import may_work
from portal.reminders.registry import Watch
from portal.reminders.registry import register as watch
from portal.vault.sealed import register_sealed


def _sees_certificates(request: HttpRequest) -> bool:
    """Clients, and staff who may look at everybody's."""
    return not request.user.is_staff or may_work(request, SEE_ALL)


def personal_data(user: User) -> list[dict[str, Any]]:
    """The person's own certificates, and those that they had watched for a company."""
    uses = CertificateUse.objects.filter(user=user) | CertificateUse.objects.filter(by=user)
    return [
        {
            _("Certificate"): str(use.certificate),
            _("Serial number"): use.certificate.serial,
            _("Valid until"): instant(use.certificate.not_after),
            _("Use"): use.get_origin_display(),
            _("Company"): str(use.company or ""),
            _("Last used at"): instant(use.last_at),
        }
        for use in uses.select_related("certificate", "company").order_by("pk")
    ]


def register() -> None:
    """Called once, when the apps are ready."""
    register_sealed(SigningCertificate, "sealed")
    hooks.nav_items += [
        hooks.NavItem(
            gettext_lazy("Certificates"), "certificates:list", "shield-check", "client", 40,
            _sees_certificates,
        ),
        hooks.NavItem(
            gettext_lazy("Signing certificates"), "admin:certificates_signingcertificate_changelist",
            "key", "staff", 70, lambda request: may_work(request, "certificates.view_signingcertificate"),
        ),
    ]  # fmt: skip
    hooks.personal_data[gettext_noop("My certificates")] = personal_data
    hooks.person_erased.append(forget_person)
    watch(
        Watch(
            name="certificates", label=gettext_lazy("Certificates"), due=watching.due,
            people=watching.people, mine=watching.mine, staff_permission=SEE_ALL,
            staff_url="certificates:list", prepare=watch_what_signs,
        )
    )  # fmt: skip
