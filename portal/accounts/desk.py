"""People and access: what they add to the portal."""

from celery.schedules import crontab
from django.contrib.auth.models import Group
from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from portal import desks
from portal.accounts.labels import ACTIONS
from portal.accounts.limits import LIMITS
from portal.accounts.mfa import AuthenticatorSecrets
from portal.accounts.models import AccessRequest, Company, ErasureRequest, Grant, Unit, User
from portal.accounts.personal_data import SECTIONS
from portal.accounts.scope import scope_of
from portal.accounts.search import SOURCES
from portal.accounts.services import second_factor
from portal.accounts.services.certificate_only import companies_with_policy
from portal.accounts.services.erasure import TYPED
from portal.audit.labels import changes_of
from portal.permissions import ADMINISTRATION, BILLING, HELP_DESK, REGISTRATION, all_of, may_work
from portal.vault.sealed import SealedField

DECIDE = "accounts.decide_accessrequest"
ERASE = "accounts.decide_erasurerequest"
VIEW_PEOPLE = [
    "accounts.view_user", "accounts.view_company", "accounts.view_unit", "accounts.view_grant",
]  # fmt: skip
KEEP_COMPANIES = [
    "accounts.add_company", "accounts.change_company", "accounts.add_unit", "accounts.change_unit",
]  # fmt: skip
KEEP_PEOPLE = [
    "accounts.add_user", "accounts.change_user", "accounts.add_grant", "accounts.change_grant",
    "accounts.view_accessrequest", DECIDE,
]  # fmt: skip

KEEP_LINKS = [
    "accounts.view_invitation", "accounts.change_invitation",
    "accounts.view_pendingregistration", "accounts.change_pendingregistration",
]  # fmt: skip


def _decides_requests(request: HttpRequest) -> bool:
    return may_work(request, DECIDE)


def _decides_erasures(request: HttpRequest) -> bool:
    return may_work(request, ERASE)


def _is_stranger(request: HttpRequest) -> bool:
    return not request.user.is_authenticated


def waiting_requests(request: HttpRequest) -> desks.Card | None:
    """For staff who decide: the oldest requests that wait."""
    if not may_work(request, DECIDE):
        return None
    rows = AccessRequest.objects.filter(status=AccessRequest.Status.PENDING).order_by(
        "created_at", "pk"
    )
    waiting = list(rows[:6])
    if not waiting:
        return None
    context = {"rows": waiting[:5], "more": len(waiting) > 5}
    return desks.Card(60, "accounts/cards/access_requests.html", context)


def certificate_only_card(request: HttpRequest) -> desks.Card | None:
    """For who came with a password: which of their companies that does not open, or soon will not."""
    if request.user.is_staff or scope_of(request).opening.by_certificate:
        return None
    now = timezone.now()
    today = timezone.localdate(now)
    found = companies_with_policy(scope_of(request).user, at=now)
    if not found:
        return None
    closed = [company for company in found if company.requires_certificate(today)]
    coming = [company for company in found if not company.requires_certificate(today)]
    context = {"closed": closed, "coming": coming}
    return desks.Card(5, "accounts/cards/certificate_only.html", context)


def second_factor_card(request: HttpRequest) -> desks.Card | None:
    """For clients without one, until they put it away."""
    if not second_factor.is_invited(scope_of(request).user):
        return None
    return desks.Card(90, "accounts/cards/second_factor.html")


desks.register(
    desks.Desk(
        name="accounts",
        label=_("People and access"),
        order=2,
        urls="portal.accounts.urls",
        nav=[
            desks.NavItem(
                _("Access requests"), "accounts:access_requests", "person-plus", "staff", 60,
                _decides_requests,
            ),
            desks.NavItem(
                _("Erasure requests"), "accounts:erasures", "trash", "staff", 65, _decides_erasures
            ),
        ],
        cards=[waiting_requests, certificate_only_card, second_factor_card],
        sitemap=[
            desks.Link(label=label, url_name=url_name, order=order, visible=_is_stranger)
            for label, url_name, order in (
                (_("Sign in"), "account_login", 91),
                (_("I forgot my password"), "account_reset_password", 93),
                (_("Request access"), "accounts:request_access", 94),
            )
        ],
        groups={
            BILLING: [*VIEW_PEOPLE, *KEEP_COMPANIES, *KEEP_PEOPLE, *KEEP_LINKS],
            HELP_DESK: [*VIEW_PEOPLE, *KEEP_PEOPLE, *KEEP_LINKS],
            REGISTRATION: VIEW_PEOPLE,
            ADMINISTRATION: [
                *all_of("accounts", "user", "company", "unit", "grant"),
                "accounts.view_accessrequest", DECIDE, "accounts.view_erasurerequest", ERASE,
                *KEEP_LINKS,
                "auth.view_group", "auth.add_group", "auth.change_group", "auth.delete_group",
            ],
        },
        first_steps=[
            desks.FirstStep(
                label=_("Companies"), order=20, text=_("The clients: companies and public bodies."),
                url_name="admin:accounts_company_changelist", permission="accounts.add_company",
                is_done=Company.objects.exists,
            ),
            desks.FirstStep(
                label=_("Units"), order=30,
                text=_("Places of a company, each with its code. What is published goes to a unit."),
                url_name="admin:accounts_company_changelist", permission="accounts.add_unit",
                is_done=Unit.objects.exists,
            ),
            desks.FirstStep(
                label=_("People"), order=40,
                text=_("Who receives at the client, each with access to a company or a unit."),
                url_name="admin:accounts_user_changelist", permission="accounts.add_user",
                is_done=Grant.objects.exists,
            ),
        ],
        sealed=[AuthenticatorSecrets(), SealedField(ErasureRequest, "sealed")],
        personal_data=SECTIONS,
        typed=TYPED,
        kept_on_erasure=[
            _(
                "What companies and other people registered about themselves, even where your "
                "address or name stands in it: it is theirs, and they can change it."
            ),
        ],
        audit_words={**ACTIONS, **changes_of(User, Company, Unit, Grant, Group)},
        job_words={
            "accounts.erase_mentions": _("Take a person who was erased out of texts"),
            "accounts.forget_mail": _("Wipe mail about a person who was erased"),
            "accounts.send_recovery": _("Send the link for a new password"),
            "accounts.send_guest_link": _("Send a new link to a guest"),
            "accounts.announce_certificate_only": _(
                "Tell people that a company opens only for certificates"
            ),
        },
        limits=LIMITS,
        search=SOURCES,
        beat={
            "accounts-housekeeping": {
                "task": "portal.accounts.tasks.housekeeping",
                "schedule": crontab(hour=4, minute=0),
            },
            # They hold a CPF and a password of somebody who may not have typed them: 48 hours long.
            "accounts-registrations": {
                "task": "portal.accounts.tasks.forget_registrations",
                "schedule": crontab(minute=10),
            },
            "accounts-certificate-only": {
                "task": "portal.accounts.tasks.remind_certificate_only",
                "schedule": crontab(hour=7, minute=40),
            },
        },
    )
)  # fmt: skip
