"""Who may reach what: every named address, for every role, with objects of another company.

An address that is in none of the tables below fails the first test: whoever adds one says here
who may use it.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import pytest
from django.test import Client
from django.urls import URLResolver, get_resolver, reverse
from django.utils import timezone

from certificates.models import SigningCertificate
from certificates.services.known import Origin, remember
from invoices.models import Batch, InvoiceDraft, PurgeRun
from portal.accounts.models import AccessRequest, ErasureRequest, Grant
from portal.outbox.models import Entry
from tests.certificates.known import a_record
from tests.factories import Cast, a_cpf, make_document, make_grant, make_notice, make_user

PUBLISH = "invoices.publish_document"
DECIDE = "accounts.decide_accessrequest"
COMPANIES = "accounts.change_company"
ERASE = "accounts.decide_erasurerequest"
PURGES = "invoices.view_purgerun"
MAIL = "outbox.view_entry"
CHOOSE = "certificates.change_signingcertificate"

# Anyone, signed in or not.
PUBLIC = {
    "site:home", "site:contact", "site:accessibility", "site:privacy", "site:map", "site:accent",
    "site:logo", "site:favicon", "site:health", "site:robots", "site:security_txt", "ui:too_large", "set_language",
    "account_login", "account_logout", "account_inactive", "account_reset_password",
    "account_reset_password_done", "mfa_authenticate", "accounts:choose_password",
    "accounts:accept_link", "accounts:request_access", "accounts:request_access_done",
    "captcha-image", "captcha-image-2x", "captcha-audio",
    "entrance:start", "entrance:go", "entrance:return", "entrance:self_test",
    "captcha-refresh", "invoices:verify", "invoices:verify_code", "reminders:feed",
    "site:certificate_help", "news:list", "news:notice", "news:feed",
}  # fmt: skip
# Of these, what goes back to the login when nothing was begun there.
NEEDS_A_FIRST_STEP = {"account_logout", "mfa_authenticate"}
# Anyone who is signed in; what they show is the person's own.
MEMBER = {
    "ui:dashboard", "account_reauthenticate", "account_change_password", "account_set_password",
    "mfa_reauthenticate", "mfa_reauthenticate_webauthn", "mfa_index", "mfa_activate_totp",
    "mfa_deactivate_totp", "mfa_view_recovery_codes", "mfa_generate_recovery_codes",
    "mfa_list_webauthn", "mfa_add_webauthn", "usersessions_list", "accounts:profile",
    "accounts:profile_edit", "accounts:email_change", "accounts:email_confirm", "accounts:my_data", "accounts:my_data_export",
    "accounts:erasure_ask", "accounts:context", "accounts:team", "invoices:list",
    "invoices:reports", "invoices:export_zip", "invoices:export_csv", "invoices:export_xlsx",
    "invoices:questions", "certificates:list", "certificates:upload",
    "reminders:list", "reminders:dismiss", "reminders:restore", "reminders:feed_new",
    "reminders:feed_end",
}  # fmt: skip
# Staff with a permission; 403 for everyone else.
STAFF = {
    "accounts:access_requests": DECIDE, "accounts:access_request": DECIDE,
    "accounts:accept_request": DECIDE, "accounts:refuse_request": DECIDE,
    "accounts:refuse_requests": DECIDE, "accounts:certificate_only": COMPANIES,
    "accounts:erasures": ERASE, "accounts:erasure": ERASE, "accounts:erasure_carry_out": ERASE,
    "invoices:purge_runs": PURGES, "invoices:purge_run": PURGES, "invoices:purge_run_csv": PURGES,
    "invoices:publish_one": PUBLISH, "invoices:publish_confirm": PUBLISH,
    "invoices:published": PUBLISH, "invoices:withdraw": PUBLISH, "invoices:unit_options": PUBLISH,
    "invoices:batches": PUBLISH, "invoices:batch_new": PUBLISH, "invoices:batch_template": PUBLISH,
    "invoices:batch": PUBLISH, "invoices:batch_progress": PUBLISH, "invoices:batch_rows": PUBLISH,
    "invoices:batch_errors": PUBLISH, "invoices:batch_publish": PUBLISH,
    "invoices:batch_undo": PUBLISH, "invoices:batch_discard": PUBLISH,
    "invoices:drafts": PUBLISH, "invoices:draft_new": PUBLISH, "invoices:draft_import": PUBLISH,
    "invoices:draft_template": PUBLISH, "invoices:draft": PUBLISH, "invoices:draft_edit": PUBLISH,
    "invoices:draft_pdf": PUBLISH, "invoices:draft_publish": PUBLISH,
    "invoices:draft_discard": PUBLISH,
    "certificates:activate": CHOOSE, "certificates:deactivate": CHOOSE,
    "outbox:list": MAIL, "outbox:entry": MAIL, "outbox:body": MAIL, "outbox:retry": MAIL,
}  # fmt: skip
# An object of one unit, company or person: 404 for who does not belong to it.
OWN_DOCUMENT = {
    "invoices:document", "invoices:open", "invoices:save", "invoices:signature",
    "invoices:preview", "invoices:check", "invoices:release", "invoices:contest",
    "invoices:receipt",
}  # fmt: skip
CERTIFICATE = {
    "certificates:known", "certificates:download", "certificates:unwatch",
    "certificates:watch_again",
}  # fmt: skip
OWN_COMPANY = {
    "accounts:team_of", "accounts:team_invite", "accounts:team_member", "accounts:team_end",
    "accounts:team_invite_again", *CERTIFICATE,
}  # fmt: skip
OWN_PERSON = {
    "accounts:session_end", "accounts:erasure_cancel", "mfa_remove_webauthn", "mfa_edit_webauthn",
}  # fmt: skip
ROLES = ["ana", "bruno", "carla", "faturista", "atendente", "agente", "admin"]


@dataclass
class World:
    """Objects of company A and of the office, and the arguments of each address."""

    cast: Cast
    arguments: dict[str, dict[str, Any]] = field(default_factory=dict)

    def url(self, name: str) -> str:
        return reverse(name, kwargs=self.arguments.get(name))


@pytest.fixture
def world(cast: Cast) -> World:
    now = timezone.now()
    document = make_document(cast.unit_a1)
    batch = Batch.objects.create(name="Lote", created_by=cast.faturista)
    draft = InvoiceDraft.objects.create(
        unit=cast.unit_a1, type=document.type, period=document.period, number="9", due_date=now.date(),
    )  # fmt: skip
    run = PurgeRun.objects.create(started_at=now, touched_at=now, as_of=now)
    request = AccessRequest.objects.create(
        name="Nina",
        cpf=a_cpf(),
        email="nina@exemplo.com.br",
        phone="(31) 3333-4444",
        unit_text="Sede",
    )
    erasure = ErasureRequest.objects.create(user=make_user("Davi Reis"))
    entry = Entry.objects.create(kind="job", key="k", name="nothing")
    certificate = SigningCertificate.objects.create(
        label="A1", holder="Prestador", issuer="AC", serial="1", sha256="0" * 64, not_before=now,
        not_after=now, sealed=b"",
    )  # fmt: skip
    watched = remember(
        a_record(tax_id=cast.office.tax_id), origin=Origin.UPLOAD, company=cast.office, at=now
    )
    colleague = make_grant(make_user("Eva Melo"), cast.office)
    team = {"company": cast.office.pk, "pk": colleague.user_id}
    made = World(cast)
    made.arguments = {
        **{name: {"pk": document.pk} for name in OWN_DOCUMENT},
        "invoices:preview": {"pk": document.pk, "page": 1},
        **dict.fromkeys(OWN_COMPANY, team),
        **{name: {"pk": watched.pk} for name in CERTIFICATE},
        "reminders:feed": {"token": "x" * 43},
        "accounts:team_of": {"company": cast.office.pk},
        "accounts:team_invite": {"company": cast.office.pk},
        **{name: {"pk": 987654} for name in OWN_PERSON},
        "accounts:erasure_cancel": {"pk": erasure.pk},
        **{name: {"pk": request.pk} for name in STAFF if name.endswith("_request")},
        "accounts:erasure": {"pk": erasure.pk},
        "accounts:erasure_carry_out": {"pk": erasure.pk},
        "invoices:purge_run": {"pk": run.pk},
        "invoices:purge_run_csv": {"pk": run.pk},
        "invoices:published": {"pk": document.pk},
        "invoices:withdraw": {"pk": document.pk},
        **{name: {"pk": batch.pk} for name in STAFF if name.startswith("invoices:batch_")},
        "invoices:batch": {"pk": batch.pk},
        "invoices:batch_new": {},
        "invoices:batch_template": {"extension": "csv"},
        **{name: {"pk": draft.pk} for name in STAFF if name.startswith("invoices:draft_")},
        "invoices:draft": {"pk": draft.pk},
        "invoices:draft_new": {},
        "invoices:draft_import": {},
        "invoices:draft_template": {"extension": "csv"},
        "certificates:activate": {"pk": certificate.pk},
        "certificates:deactivate": {"pk": certificate.pk},
        **{name: {"pk": entry.pk} for name in ("outbox:entry", "outbox:body", "outbox:retry")},
        "news:notice": {"slug": make_notice().slug},
        "accounts:accept_link": {"token": "x" * 43},
        "accounts:email_confirm": {"token": "x" * 43},
        "captcha-image": {"key": "x"}, "captcha-image-2x": {"key": "x"}, "captcha-audio": {"key": "x"},
        "invoices:verify_code": {"code": document.verification_code},
    }  # fmt: skip
    return made


def named_addresses(resolver: Any = None, namespace: str = "") -> Iterator[str]:
    """The full name of every address outside the admin site."""
    for pattern in (resolver or get_resolver()).url_patterns:
        if isinstance(pattern, URLResolver):
            if pattern.namespace != "admin":
                inner = f"{namespace}{pattern.namespace}:" if pattern.namespace else namespace
                yield from named_addresses(pattern, inner)
        else:
            assert pattern.name, f"{pattern.pattern} has no name"
            yield namespace + pattern.name


def browser_of(user: Any) -> Client:
    client = Client(raise_request_exception=True)
    if user is not None:
        client.force_login(user)
    return client


def asks_for_login(response: Any) -> bool:
    return response.status_code == 302 and response.url.startswith("/entrar/")


def test_every_address_is_classified():
    tables = [PUBLIC, MEMBER, set(STAFF), OWN_DOCUMENT, OWN_COMPANY, OWN_PERSON]
    known = set().union(*tables)
    names = set(named_addresses())
    assert names - known == set(), "say who may use these"
    assert known - names == set(), "these are gone"
    assert sum(map(len, tables)) == len(known), "an address stands in two tables"


@pytest.mark.parametrize("method", ["get", "post"])
def test_a_stranger_reaches_what_is_public_and_nothing_else(world, method):
    for name in named_addresses():
        response = getattr(browser_of(None), method)(world.url(name))
        assert response.status_code < 500, name
        if name in PUBLIC:
            assert not asks_for_login(response) or name in NEEDS_A_FIRST_STEP, name
        else:
            assert asks_for_login(response), name


@pytest.mark.parametrize("method", ["get", "post"])
@pytest.mark.parametrize("role", ROLES)
def test_staff_pages_ask_for_their_permission(world, role, method):
    user = getattr(world.cast, role)
    for name, permission in STAFF.items():
        response = getattr(browser_of(user), method)(world.url(name))
        if user.is_staff and user.has_perm(permission):
            assert response.status_code not in {403, 500}, (name, role)
        else:
            assert response.status_code in {403, 405}, (name, role)


@pytest.mark.parametrize("method", ["get", "post"])
@pytest.mark.parametrize("role", ["bruno", "carla", "agente"])
def test_a_document_of_another_company_does_not_exist(world, role, method):
    for name in sorted(OWN_DOCUMENT):
        response = getattr(browser_of(getattr(world.cast, role)), method)(world.url(name))
        assert response.status_code in {404, 405}, (name, role)


def test_a_document_of_one_s_own_unit_opens(world):
    for name in sorted(OWN_DOCUMENT - {"invoices:signature", "invoices:receipt"}):
        assert browser_of(world.cast.ana).get(world.url(name)).status_code == 200, name


@pytest.mark.parametrize("method", ["get", "post"])
@pytest.mark.parametrize("role", ["ana", "bruno", "faturista"])
def test_the_team_of_another_company_does_not_exist(world, role, method):
    for name in sorted(OWN_COMPANY):
        response = getattr(browser_of(getattr(world.cast, role)), method)(world.url(name))
        assert response.status_code in {403, 404, 405}, (name, role)


def test_a_team_is_administered_by_its_administrator_alone(world):
    page = world.url("accounts:team_of")
    assert browser_of(world.cast.carla).get(page).status_code == 200
    colleague = Grant.objects.get(company=world.cast.office, level="receiver").user
    assert browser_of(colleague).get(page).status_code in {403, 404}


@pytest.mark.parametrize("method", ["get", "post"])
@pytest.mark.parametrize("role", ROLES)
def test_another_person_s_sessions_keys_and_requests_do_not_exist(world, role, method):
    for name in sorted(OWN_PERSON):
        response = getattr(browser_of(getattr(world.cast, role)), method)(world.url(name))
        assert response.status_code in {302, 404, 405}, (name, role)
        if response.status_code == 302:
            assert "confirmar-identidade" in response.url, (name, role)


@pytest.mark.parametrize("method", ["get", "post"])
@pytest.mark.parametrize("role", ROLES)
def test_members_pages_answer_everyone_who_is_signed_in(world, role, method):
    for name in sorted(MEMBER):
        response = getattr(browser_of(getattr(world.cast, role)), method)(world.url(name))
        assert response.status_code < 500, (name, role)
        assert not asks_for_login(response), (name, role)
        body = b"" if response.streaming else response.content
        if role in {"bruno", "carla"}:
            assert world.cast.unit_a1.code.encode() not in body, (name, role)


def admin_addresses() -> Iterator[str]:
    from django.contrib import admin

    yield reverse("admin:index")
    for model in admin.site._registry:
        base = f"admin:{model._meta.app_label}_{model._meta.model_name}"
        yield reverse(f"{base}_changelist")
        yield reverse(f"{base}_add")
        if first := model._default_manager.first():
            yield reverse(f"{base}_change", args=[first.pk])
            yield reverse(f"{base}_delete", args=[first.pk])
            yield reverse(f"{base}_history", args=[first.pk])


@pytest.mark.parametrize("role", [None, "ana", "bruno", "carla"])
def test_the_administration_is_closed_to_clients(world, role):
    browser = browser_of(getattr(world.cast, role) if role else None)
    for address in admin_addresses():
        response = browser.get(address)
        assert response.status_code in {302, 403, 404}, address


@pytest.mark.parametrize("role", ["faturista", "atendente", "agente", "admin"])
def test_the_administration_shows_each_staff_group_what_it_may_see(world, role):
    user = getattr(world.cast, role)
    browser = browser_of(user)
    for address in admin_addresses():
        response = browser.get(address)
        assert response.status_code in {200, 302, 403, 404}, address


@pytest.mark.parametrize("role", ["faturista", "atendente", "agente", "admin"])
def test_the_administration_shows_no_secret(world, role):
    browser = browser_of(getattr(world.cast, role))
    for address in admin_addresses():
        response = browser.get(address)
        if response.status_code == 200:
            page = response.content.decode()
            assert world.cast.ana.password not in page, address
            assert "md5$" not in page, address
