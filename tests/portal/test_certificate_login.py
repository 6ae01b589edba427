"""Signing in with a certificate: the person, what it opens, and what the session is limited to."""

from datetime import timedelta
from typing import Any

import pytest
from allauth.usersessions.models import UserSession
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from portal.accounts.models import Grant, Unit, User
from portal.accounts.services import certificate_login, create_user
from portal.audit.models import AuditEvent
from portal.provider.models import Provider
from portal.taxid import with_check_digits
from tests.factories import Cast, a_cnpj, make_company, make_document, make_grant, make_unit
from tests.portal.certificate_entry import (
    client_with,
    e_cnpj,
    e_cpf,
    enter,
    entrance,  # noqa: F401 - a fixture
    person,
)
from tests.portal.entrance import mails, sign_in, signed_in, text
from tests.portal.second_factor import activate_app

pytestmark = pytest.mark.usefixtures("entrance")
CHOICE = "/conta/empresa/"


def certificate_grants(user: User) -> dict[Unit, Grant]:
    grants = Grant.objects.in_force(timezone.now()).filter(user=user, source="certificate")
    return {grant.unit: grant for grant in grants if grant.unit}


def with_app(user: User) -> None:
    client = Client()
    client.force_login(user)
    activate_app(client)


def root_wide(on: bool = True) -> None:
    """No copy of the row is forgotten: it decides who gets in."""
    Provider.objects.update(certificate_opens_root=on)


def test_the_first_login_makes_the_person_from_the_certificate_without_any_form(cast: Cast) -> None:
    shown = e_cpf(name="NILO  PRADO SERRA", email="Nilo@Exemplo.com.br")
    client = Client()
    assert enter(client, shown)["Location"] == CHOICE
    nilo = person(shown)
    assert (nilo.name, nilo.cpf_proof) == ("NILO PRADO SERRA", "certificate")
    assert nilo.email is None, "it is the person's when the link sent there is opened"
    assert len(mails("nilo@exemplo.com.br")) == 1
    assert not nilo.has_usable_password()
    assert not nilo.is_staff
    assert signed_in(client)
    client_with(shown)
    assert User.objects.filter(cpf=shown.cpf).count() == 1


def test_whoever_the_portal_knows_keeps_their_registration(cast: Cast) -> None:
    shown = e_cpf(cast.ana.cpf or "", name="OUTRO NOME", email="outro@exemplo.com.br")
    client = client_with(shown)
    assert client.session["_auth_user_id"] == str(cast.ana.pk)
    cast.ana.refresh_from_db()
    assert cast.ana.name == "Ana Souza"
    assert cast.ana.email != "outro@exemplo.com.br"
    assert cast.ana.has_usable_password()


def test_an_e_mail_of_somebody_else_is_not_taken(cast: Cast) -> None:
    shown = e_cpf(email=(cast.ana.email or "").upper())
    client_with(shown)
    assert person(shown).email is None


def test_an_unusable_e_mail_or_a_long_name_keep_nobody_out(cast: Cast) -> None:
    shown = e_cpf(email="não é um endereço", name="N" * 300)
    client_with(shown)
    assert person(shown).email is None
    assert len(person(shown).name) == 120


def test_the_e_mail_of_a_company_s_certificate_is_not_the_person_s(cast: Cast) -> None:
    shown = e_cnpj(cast.unit_a1.cnpj, email="contato@padaria.com.br")
    client_with(shown)
    assert person(shown).email is None


def test_two_first_logins_at_once_make_one_person(cast: Cast, monkeypatch) -> None:
    shown = e_cpf(email="nilo@exemplo.com.br")

    def slower(**values: Any) -> User:
        create_user(**values)  # the other one, in between
        return create_user(**values)

    monkeypatch.setattr(certificate_login, "create_user", slower)
    client_with(shown)
    assert User.objects.filter(cpf=shown.cpf).count() == 1


@pytest.mark.parametrize("fields", [{"is_active": False}, {"erased_at": timezone.now()}])
def test_an_inactive_or_erased_person_is_told_so_and_stays_out(cast: Cast, fields) -> None:
    User.objects.filter(pk=cast.ana.pk).update(**fields)
    client = Client()
    response = enter(client, e_cpf(cast.ana.cpf or ""))
    assert response.status_code == 403
    assert "não está ativo" in text(response)
    assert not signed_in(client)


@pytest.mark.parametrize(
    "shown",
    [
        e_cpf("11111111111"),
        e_cpf("00000000000"),
        e_cnpj(""),
        e_cnpj("11222333000199"),
        e_cpf(not_after=timezone.now() - timedelta(days=365)),
    ],
)
def test_a_certificate_that_names_nobody_or_has_ended_opens_nothing(cast: Cast, shown) -> None:
    people, client = User.objects.count(), Client()
    assert enter(client, shown).status_code == 403
    assert not signed_in(client)
    assert User.objects.count() == people


def test_an_e_cnpj_opens_its_own_units_until_its_end(cast: Cast) -> None:
    shown = e_cnpj(cast.unit_a1.cnpj)
    client_with(shown)
    grants = certificate_grants(person(shown))
    assert set(grants) == {cast.unit_a1}
    assert grants[cast.unit_a1].valid_until == shown.not_after
    assert grants[cast.unit_a1].level == Grant.Level.OPERATE


def test_a_unit_without_a_cnpj_has_its_company_s(cast: Cast) -> None:
    company = make_company("Padaria")
    own, other = make_unit(company, cnpj=""), make_unit(company)
    shown = e_cnpj(company.tax_id)
    client_with(shown)
    assert set(certificate_grants(person(shown))) == {own}
    assert other.cnpj != company.tax_id


def test_what_is_inactive_is_not_opened(cast: Cast) -> None:
    closed = make_unit(make_company("Fechada", is_active=False))
    Unit.objects.filter(pk=cast.unit_a1.pk).update(is_active=False)
    for cnpj in (closed.cnpj, cast.unit_a1.cnpj):
        shown = e_cnpj(cnpj)
        client_with(shown)
        assert certificate_grants(person(shown)) == {}


def test_branches_of_the_same_root_open_where_the_operator_says_so(cast: Cast) -> None:
    root = "4F8K2M9A"
    head, branch = with_check_digits(root + "0001"), with_check_digits(root + "0002")
    company = make_company("Alfa", tax_id=head)
    units = {make_unit(company, cnpj=""), make_unit(company, cnpj=branch)}
    by_cpf = make_company("Pessoa física", tax_id=with_check_digits("123456780"))
    make_unit(by_cpf, cnpj="")
    shown = e_cnpj(branch)
    client_with(shown)
    assert {unit.cnpj for unit in certificate_grants(person(shown))} == {branch}
    root_wide()
    client_with(shown)
    assert set(certificate_grants(person(shown))) == units
    digits = e_cnpj(with_check_digits("123456780001"))
    client_with(digits)
    assert certificate_grants(person(digits)) == {}, "a CPF's first digits are nobody's root"


def test_what_the_cnpj_no_longer_opens_is_revoked_and_nothing_else(cast: Cast) -> None:
    cpf = e_cpf().cpf
    first, second = e_cnpj(cast.unit_a1.cnpj, cpf), e_cnpj(cast.unit_b1.cnpj, cpf)
    client_with(first)
    client_with(second)
    user = person(first)
    make_grant(user, cast.unit_a1)
    assert set(certificate_grants(user)) == {cast.unit_a1, cast.unit_b1}
    Unit.objects.filter(pk=cast.unit_a1.pk).update(cnpj=a_cnpj())
    client_with(second)
    assert set(certificate_grants(user)) == {cast.unit_a1, cast.unit_b1}
    client_with(first)
    assert set(certificate_grants(user)) == {cast.unit_b1}
    assert Grant.objects.in_force(timezone.now()).filter(user=user, source="staff").exists()


def test_a_second_login_gives_nothing_twice(cast: Cast) -> None:
    shown = e_cnpj(cast.unit_a1.cnpj)
    client_with(shown)
    later = e_cnpj(shown.cnpj, shown.cpf, not_after=shown.not_after + timedelta(days=365))
    client_with(later)
    assert Grant.objects.filter(user=person(shown)).count() == 1
    assert certificate_grants(person(shown))[cast.unit_a1].valid_until == later.not_after
    assert AuditEvent.objects.filter(action="grant.given").count() == 1


def test_an_e_cpf_gives_nothing_and_lists_what_was_granted_to_that_cpf(cast: Cast) -> None:
    before = Grant.objects.count()
    page = text(client_with(e_cpf(cast.bruno.cpf or "")).get(reverse("invoices:list")))
    assert cast.unit_b1.code in page
    assert cast.unit_a1.code not in page
    assert Grant.objects.count() == before


def test_the_audit_says_by_what_the_session_was_opened(cast: Cast) -> None:
    client_with(e_cnpj(cast.unit_a1.cnpj))
    assert AuditEvent.objects.get(action="account.login").data["means"] == "e-cnpj"
    sign_in(Client(), cast.ana.cpf or "")
    assert AuditEvent.objects.filter(action="account.login").latest("pk").data == {
        "means": "password"
    }


def test_who_has_a_second_factor_is_asked_for_it_with_an_e_cpf_and_not_with_an_e_cnpj(
    cast: Cast,
) -> None:
    with_app(cast.ana)
    client = Client()
    assert enter(client, e_cpf(cast.ana.cpf or ""))["Location"] == reverse("mfa_authenticate")
    assert not signed_in(client)
    other = Client()
    enter(other, e_cnpj(cast.unit_a1.cnpj, cast.ana.cpf or ""))
    assert signed_in(other)


def test_staff_must_set_a_second_factor_up_with_an_e_cpf_too(cast: Cast, settings) -> None:
    settings.STAFF_MFA_REQUIRED = True
    client = client_with(e_cpf(cast.faturista.cpf or ""))
    assert client.get(reverse("ui:dashboard"))["Location"] == reverse("mfa_index")
    limited = client_with(e_cnpj(cast.unit_a1.cnpj, cast.faturista.cpf or ""))
    assert limited.get(reverse("ui:dashboard")).status_code == 200


def test_a_provisional_password_keeps_no_certificate_waiting_and_is_not_used_up(cast: Cast) -> None:
    until = timezone.now() + timedelta(hours=48)
    User.objects.filter(pk=cast.ana.pk).update(must_change_password=True, provisional_until=until)
    client = client_with(e_cpf(cast.ana.cpf or ""))
    assert client.get(reverse("ui:dashboard")).status_code == 200
    cast.ana.refresh_from_db()
    assert cast.ana.provisional_until == until


def test_an_e_cnpj_session_has_nothing_else_of_the_person_s(cast: Cast) -> None:
    make_grant(cast.ana, cast.company_b)
    client = client_with(e_cnpj(cast.unit_a2.cnpj, cast.ana.cpf or ""))
    page = text(client.get(reverse("invoices:list")))
    assert cast.unit_a2.code in page
    assert cast.unit_a1.code not in page
    assert cast.unit_b1.code not in page
    whole = client_with(e_cpf(cast.ana.cpf or ""))
    page = text(whole.get(reverse("invoices:list")))
    assert cast.unit_a1.code in page
    assert cast.unit_b1.code in page


def test_an_e_cnpj_session_of_a_member_of_staff_is_no_staff_session(cast: Cast) -> None:
    client = client_with(e_cnpj(cast.unit_a1.cnpj, cast.admin.cpf or ""))
    assert client.get(reverse("accounts:access_requests")).status_code == 403
    assert client.get(reverse("admin:index")).status_code in {302, 403}
    assert cast.unit_b1.code not in text(client.get(reverse("invoices:list")))
    cast.admin.refresh_from_db()
    assert cast.admin.is_staff
    assert cast.admin.is_superuser


def test_a_limited_stand_in_cannot_be_written_back(cast: Cast) -> None:
    cast.admin.set_login_method(e_cnpj(a_cnpj()).opening())
    with pytest.raises(RuntimeError):
        cast.admin.save()
    cast.admin.save(update_fields=["last_login"])


def test_the_person_s_own_pages_explain_themselves_in_an_e_cnpj_session(cast: Cast) -> None:
    client = client_with(e_cnpj(cast.unit_a1.cnpj, cast.ana.cpf or ""))
    for name in ["accounts:profile", "accounts:my_data", "usersessions_list", "mfa_index",
                 "account_change_password", "accounts:team"]:  # fmt: skip
        response = client.get(reverse(name))
        assert response.status_code == 403, name
        assert "entre com o seu e-CPF" in text(response)


def test_a_password_login_after_a_certificate_s_is_a_password_s(cast: Cast) -> None:
    client = client_with(e_cnpj(cast.unit_a1.cnpj, cast.ana.cpf or ""))
    client.post(reverse("account_logout"))
    sign_in(client, cast.ana.cpf or "")
    assert client.get(reverse("accounts:profile")).status_code == 200


def test_a_certificate_login_given_up_at_the_second_factor_leaves_no_trace(cast: Cast) -> None:
    client = Client()
    with_app(cast.ana)
    enter(client, e_cpf(cast.ana.cpf or ""))
    sign_in(client, cast.bruno.cpf or "")
    assert "opening" not in client.session


def test_the_session_ends_with_the_certificate(cast: Cast, monkeypatch) -> None:
    shown = e_cpf(cast.ana.cpf or "", not_after=timezone.now() + timedelta(minutes=5))
    client = client_with(shown)
    assert client.get(reverse("ui:dashboard")).status_code == 200
    monkeypatch.setattr("portal.accounts.middleware.timezone.now", lambda: shown.not_after)
    assert client.get(reverse("ui:dashboard"))["Location"].startswith("/entrar/")
    monkeypatch.undo()
    assert not signed_in(client)


def test_the_top_bar_and_the_list_of_sessions_say_by_what_one_came(cast: Cast) -> None:
    shown = e_cnpj(cast.unit_a1.cnpj, cast.ana.cpf or "", company_name="PADARIA CENTRAL LTDA")
    limited = client_with(shown)
    page = text(limited.get(reverse("ui:dashboard")))
    assert "Entrou com e-CNPJ" in page
    assert "PADARIA CENTRAL LTDA" in page
    own = client_with(e_cpf(cast.ana.cpf or ""))
    page = text(own.get(reverse("usersessions_list")))
    assert "Entrou com e-CPF" in page
    assert "PADARIA CENTRAL LTDA" in page
    assert UserSession.objects.filter(user=cast.ana).count() == 2


def test_leaving_says_what_to_do_with_the_token(cast: Cast) -> None:
    client = client_with(e_cpf(cast.ana.cpf or ""))
    assert "Retire o token" in text(client.post(reverse("account_logout"), follow=True))
    sign_in(client, cast.ana.cpf or "")
    assert "Retire o token" not in text(client.post(reverse("account_logout"), follow=True))


def test_a_person_made_by_an_e_cpf_may_choose_a_password_of_their_own(cast: Cast) -> None:
    client = client_with(e_cpf())
    assert client.get(reverse("account_set_password")).status_code == 200
    limited = client_with(e_cnpj(cast.unit_a1.cnpj))
    assert limited.get(reverse("account_set_password")).status_code == 403


def test_with_one_inscription_it_is_chosen_already(cast: Cast) -> None:
    client = Client()
    shown = e_cnpj(cast.unit_b1.cnpj)
    assert enter(client, shown)["Location"] == reverse("ui:dashboard")
    assert client.session["context"]["unit"] == cast.unit_b1.pk
    wanted = enter(Client(), shown, next="/faturas/")
    assert wanted["Location"] == "/faturas/"


def test_with_several_the_choice_comes_first_and_then_what_was_wanted(cast: Cast) -> None:
    make_unit(cast.company_b, cnpj=cast.unit_b1.cnpj, state_registration="062.1")
    client = Client()
    target = enter(client, e_cnpj(cast.unit_b1.cnpj), next="/faturas/")["Location"]
    assert target == f"{CHOICE}?next=%2Ffaturas%2F"
    page = text(client.get(target))
    assert "Escolha a inscrição" in page
    assert "062.1" in page
    chosen = client.post(CHOICE, {"unit": cast.unit_b1.pk, "next": "/faturas/"})
    assert chosen["Location"] == "/faturas/"


def test_with_none_the_page_helps(cast: Cast) -> None:
    client, shown = Client(), e_cnpj(a_cnpj(), company_name="FERRAGENS DO VALE LTDA")
    page = text(client.get(enter(client, shown)["Location"]))
    assert "Este CNPJ não tem inscrição aqui" in page
    form = text(client.get(reverse("accounts:request_access")))
    assert "FERRAGENS DO VALE LTDA" in form
    assert "NILO PRADO SERRA" in form
    own = client_with(e_cpf())
    assert "Nada foi concedido a este CPF" in text(own.get(CHOICE))


def test_the_form_filled_in_for_an_e_cnpj_says_nothing_that_the_portal_knows(cast: Cast) -> None:
    client = client_with(e_cnpj(a_cnpj(), cast.ana.cpf or ""))
    assert (cast.ana.email or "?") not in text(client.get(reverse("accounts:request_access")))


def test_an_e_cnpj_may_release_its_invoices(cast: Cast) -> None:
    document = make_document(cast.unit_b1)
    client = client_with(e_cnpj(cast.unit_b1.cnpj))
    client.post(reverse("invoices:release", args=[document.pk]))
    document.refresh_from_db()
    assert document.release == "released"


def test_thousands_of_units_take_few_queries(cast: Cast, django_assert_max_num_queries) -> None:
    make_units = [
        Unit(company=cast.company_b, code=f"K{i:04d}", name="Loja", cnpj=cast.unit_b1.cnpj)
        for i in range(1500)
    ]
    Unit.objects.bulk_create(make_units)
    shown = e_cnpj(cast.unit_b1.cnpj)
    client = Client()
    enter(client, e_cpf())
    with django_assert_max_num_queries(120):
        enter(client, shown)
    assert len(certificate_grants(person(shown))) == 1501
