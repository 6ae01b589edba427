"""The administration of people and access: nothing secret shown, everything noted, no way up."""

import re
from datetime import timedelta
from typing import Any

import pytest
from django.contrib.auth.models import Group
from django.test import Client
from django.utils import timezone

from portal.accounts.models import Company, Grant, User
from portal.audit.models import AuditEvent
from portal.taxid import format_tax_id
from tests.factories import Cast, a_cnpj, a_cpf, make_grant
from tests.portal.entrance import link_in, mails, sign_in, signed_in, text
from tests.portal.second_factor import confirm_identity

USERS = "/admin/accounts/user/"


def at(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client


def sure_of(user: User) -> Client:
    """Signed in, and proven again: what step-up asks."""
    client = at(user)
    confirm_identity(client)
    return client


def new_person(**values: Any) -> dict[str, Any]:
    return {
        "name": "Nina Nova",
        "cpf": a_cpf(),
        "email": "nina@exemplo.com.br",
        "phone": "",
        "entry": "invitation",
        **values,
    }


def act(client: Client, user: User, name: str) -> Any:
    return client.post(f"{USERS}{user.pk}/fazer/{name}/")


def test_people_are_found_by_name_masked_cpf_and_e_mail(cast: Cast) -> None:
    client = at(cast.atendente)
    for term in ["Ana", cast.ana.cpf, format_tax_id(str(cast.ana.cpf)), cast.ana.email]:
        page = text(client.get(USERS, {"q": term}))
        assert "Ana Souza" in page
        assert "Bruno Lima" not in page


def test_no_password_hash_and_no_second_factor_is_shown(cast: Cast) -> None:
    page = text(at(cast.admin).get(f"{USERS}{cast.ana.pk}/change/"))
    assert str(cast.ana.password) not in page
    assert at(cast.admin).get("/admin/mfa/authenticator/").status_code == 404
    assert at(cast.admin).get("/admin/usersessions/usersession/").status_code == 404


def test_registering_with_an_invitation_sends_it(cast: Cast) -> None:
    response = at(cast.atendente).post(f"{USERS}add/", new_person())
    assert response.status_code == 302
    assert Client().get(link_in(mails("nina@exemplo.com.br")[0])).status_code == 302
    assert not User.objects.get(email="nina@exemplo.com.br").has_usable_password()


def test_registering_with_a_provisional_password_shows_it_once(cast: Cast) -> None:
    client = sure_of(cast.atendente)
    response = client.post(f"{USERS}add/", new_person(entry="provisional", email=""))
    assert "no-store" in response["Cache-Control"]
    found = re.search(r'class="once"><code>(\w+)</code>', text(response))
    assert found is not None
    user = User.objects.get(name="Nina Nova")
    assert found[1] not in text(client.get(f"{USERS}{user.pk}/change/"))
    assert found[1] not in str(list(AuditEvent.objects.values()))
    newcomer = Client()
    sign_in(newcomer, str(user.cpf), found[1])
    assert newcomer.get("/painel/")["Location"] == "/altera-senha/"


@pytest.mark.parametrize(
    "values",
    [{"email": ""}, {"cpf": "123"}, {"cpf": "", "email": "", "entry": "provisional"}, {"name": ""}],
)
def test_a_registration_that_cannot_work_is_refused(cast: Cast, values: dict[str, str]) -> None:
    response = at(cast.atendente).post(f"{USERS}add/", new_person(**values))
    assert response.status_code == 200
    assert not User.objects.filter(name="Nina Nova").exists()
    assert not mails()


def test_every_act_asks_first_and_a_get_does_nothing(cast: Cast) -> None:
    client, hashed = sure_of(cast.atendente), cast.ana.password
    for name in ["convite", "senha-provisoria", "encerrar-sessoes", "segunda-etapa", "desativar"]:
        assert client.get(f"{USERS}{cast.ana.pk}/fazer/{name}/").status_code == 200
    cast.ana.refresh_from_db()
    assert (cast.ana.password, cast.ana.is_active) == (hashed, True)
    assert not mails()
    assert client.get(f"{USERS}{cast.ana.pk}/fazer/nada/").status_code == 404


def test_deactivating_ends_what_was_open_and_activating_lets_in_again(cast: Cast) -> None:
    ana, staff = Client(), at(cast.atendente)
    sign_in(ana, str(cast.ana.cpf))
    act(staff, cast.ana, "desativar")
    assert ana.get("/painel/").status_code == 302
    again = Client()
    sign_in(again, str(cast.ana.cpf))
    assert not signed_in(again)
    act(staff, cast.ana, "ativar")
    sign_in(again, str(cast.ana.cpf))
    assert signed_in(again)


def test_ending_the_sessions_signs_out_everywhere(cast: Cast) -> None:
    ana = Client()
    sign_in(ana, str(cast.ana.cpf))
    act(at(cast.atendente), cast.ana, "encerrar-sessoes")
    assert ana.get("/painel/").status_code == 302


def test_a_helper_gains_nothing_over_staff_or_administrators(cast: Cast) -> None:
    helper = at(cast.atendente)
    for person in [cast.faturista, cast.admin]:
        for name in ["senha-provisoria", "desativar", "segunda-etapa"]:
            assert act(helper, person, name).status_code == 403
        helper.post(
            f"{USERS}{person.pk}/change/",
            {"name": "X", "cpf": person.cpf, "email": "x@exemplo.com.br"},
        )
        person.refresh_from_db()
        assert person.name != "X"


def test_a_helper_makes_nobody_staff(cast: Cast) -> None:
    group = Group.objects.get(name="Administração")
    at(cast.atendente).post(
        f"{USERS}add/", new_person(is_staff="on", is_superuser="on", groups=[group.pk])
    )
    user = User.objects.get(email="nina@exemplo.com.br")
    assert (user.is_staff, user.is_superuser) == (False, False)
    assert not user.groups.exists()


def test_who_manages_staff_makes_staff_but_no_superuser(cast: Cast) -> None:
    User.objects.filter(pk=cast.admin.pk).update(is_superuser=False)
    cast.admin.refresh_from_db()
    group = Group.objects.get(name="Faturamento")
    response = sure_of(cast.admin).post(
        f"{USERS}add/", new_person(is_staff="on", is_superuser="on", groups=[group.pk])
    )
    assert response.status_code == 302
    user = User.objects.get(email="nina@exemplo.com.br")
    assert user.is_staff
    assert list(user.groups.all()) == [group]
    assert not user.is_superuser


def test_an_e_mail_changed_by_staff_is_told_to_the_address_before(cast: Cast) -> None:
    ana, before = cast.ana, str(cast.ana.email)
    data = {
        "name": ana.name,
        "cpf": ana.cpf,
        "email": "nova@exemplo.com.br",
        "phone": "",
        "country": "Brasil",
    }
    staff = at(cast.atendente)
    confirm_identity(staff)
    assert staff.post(f"{USERS}{ana.pk}/change/", data).status_code == 302
    assert len(mails(before)) == 1
    event = AuditEvent.objects.get(action="user.changed")
    assert event.data == {"fields": ["email"]}


def test_the_actions_leave_out_who_is_not_to_be_touched(cast: Cast) -> None:
    data = {
        "action": "deactivate",
        "_selected_action": [cast.ana.pk, cast.faturista.pk, cast.atendente.pk],
    }
    page = text(at(cast.atendente).post(USERS, data, follow=True))
    assert "Feito para 1 pessoa" in page
    assert "2 pessoas ficaram de fora" in page
    active = dict(User.objects.values_list("pk", "is_active"))
    assert (active[cast.ana.pk], active[cast.faturista.pk], active[cast.atendente.pk]) == (
        False,
        True,
        True,
    )


def test_nobody_is_deleted_in_the_administration(cast: Cast) -> None:
    assert at(cast.admin).get(f"{USERS}{cast.ana.pk}/delete/").status_code == 403


def test_a_company_with_its_units_is_added_and_noted_in_its_chain(cast: Cast) -> None:
    cnpj = a_cnpj()
    data = {
        "name": "Nova S.A.", "kind": "company", "tax_id": format_tax_id(cnpj), "is_active": "on",
        "units-TOTAL_FORMS": "1", "units-INITIAL_FORMS": "0", "units-0-code": "N1", "units-0-name": "Sede",
        "units-0-timezone": "America/Sao_Paulo", "units-0-is_active": "on",
    }  # fmt: skip
    assert at(cast.faturista).post("/admin/accounts/company/add/", data).status_code == 302
    company = Company.objects.get(tax_id=cnpj)
    assert company.units.get().code == "N1"
    actions = AuditEvent.objects.filter(chain=f"company:{company.pk}").values_list(
        "action", flat=True
    )
    assert set(actions) == {"company.created", "unit.created"}


def test_a_grant_given_twice_is_refused_with_a_word(cast: Cast) -> None:
    client = at(cast.atendente)
    data = {"user": cast.ana.pk, "unit": cast.unit_a2.pk, "level": "consult"}
    assert client.post("/admin/accounts/grant/add/", data).status_code == 302
    assert "já tem este acesso" in text(client.post("/admin/accounts/grant/add/", data))
    grant = Grant.objects.get(user=cast.ana, unit=cast.unit_a2)
    assert (grant.created_by, grant.source) == (cast.atendente, "staff")


def test_a_grant_that_has_ended_is_given_anew_with_services_and_an_end(cast: Cast) -> None:
    ended = make_grant(cast.bruno, cast.unit_a2, valid_until=timezone.now())
    day = timezone.localdate() + timedelta(days=10)
    data = {
        "user": cast.bruno.pk, "unit": cast.unit_a2.pk, "level": "consult", "scopes": ["invoices"],
        "valid_until_0": f"{day:%d/%m/%Y}", "valid_until_1": "18:00",
    }  # fmt: skip
    assert at(cast.atendente).post("/admin/accounts/grant/add/", data).status_code == 302
    new = Grant.objects.in_force(timezone.now()).get(user=cast.bruno, unit=cast.unit_a2)
    assert (new.scopes, new.last_day, new.created_by) == (["invoices"], day, cast.atendente)
    ended.refresh_from_db()
    assert ended.revoked_at == ended.valid_until
    assert AuditEvent.objects.filter(action__startswith="grant.").count() == 1


def test_a_service_that_left_the_portal_stays_named_until_somebody_takes_it_off(cast: Cast) -> None:
    grant = make_grant(cast.bruno, cast.unit_a2, scopes=["gone"])
    client, url = at(cast.atendente), f"/admin/accounts/grant/{grant.pk}/change/"
    page = text(client.get(url))
    assert re.search(r'value="gone"[^>]*checked', page)
    assert "Não existe serviço chamado gone" in text(
        client.post(url, {"level": "consult", "scopes": ["gone"]})
    )
    assert client.post(url, {"level": "consult", "scopes": ["invoices"]}).status_code == 302
    grant.refresh_from_db()
    assert grant.scopes == ["invoices"]


@pytest.mark.parametrize("places", [("company", "unit"), ()])
def test_a_grant_is_for_a_company_or_a_unit_not_both_nor_none(
    cast: Cast, places: tuple[str, ...]
) -> None:
    both = {"company": cast.company_b.pk, "unit": cast.unit_b1.pk}
    data = {"user": cast.ana.pk, "level": "consult", **{name: both[name] for name in places}}
    assert at(cast.atendente).post("/admin/accounts/grant/add/", data).status_code == 200
    assert not cast.ana.grants.filter(level="consult").exists()


def test_revoking_grants_is_an_action_and_is_noted_in_the_company_s_chain(cast: Cast) -> None:
    grant = cast.ana.grants.get()
    client = at(cast.atendente)
    for _ in range(2):
        client.post("/admin/accounts/grant/", {"action": "revoke", "_selected_action": [grant.pk]})
    grant.refresh_from_db()
    assert grant.revoked_at
    [event] = AuditEvent.objects.filter(action="grant.revoked")
    assert event.chain == f"company:{cast.company_a.pk}"
    assert not cast.unit_a1.__class__.objects.visible_to(cast.ana).exists()


def test_the_request_list_leads_to_the_work_page(cast: Cast) -> None:
    from portal.accounts.models import AccessRequest

    row = AccessRequest.objects.create(
        name="Nina Nova", cpf=a_cpf(), email="n@exemplo.com.br", phone="3132475816", unit_text="X"
    )
    client, url = at(cast.atendente), "/admin/accounts/accessrequest/"
    assert f"/equipe/acessos/{row.pk}/" in text(client.get(url))
    data = {"action": "decide", "_selected_action": [row.pk]}
    assert client.post(url, data)["Location"] == f"/equipe/acessos/{row.pk}/"
    data["action"] = "refuse"
    assert client.post(url, data)["Location"] == f"/equipe/acessos/recusar/?ids={row.pk}"


@pytest.mark.parametrize(
    "model", ["user", "company", "unit", "grant", "accessrequest", "erasurerequest"]
)
def test_no_list_counts_its_table(cast: Cast, model: str) -> None:
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    client = at(cast.admin)
    with CaptureQueriesContext(connection) as found:
        assert client.get(f"/admin/accounts/{model}/").status_code == 200
    assert not [q["sql"] for q in found if "COUNT(" in q["sql"].upper() and "accounts_" in q["sql"]]


def test_a_change_of_a_group_is_noted(cast: Cast) -> None:
    group = Group.objects.get(name="Faturamento")
    sure_of(cast.admin).post(
        f"/admin/auth/group/{group.pk}/change/", {"name": "Faturamento", "permissions": []}
    )
    assert AuditEvent.objects.get(action="group.changed").target == f"auth.group:{group.pk}"


def test_the_admin_s_own_password_page_is_altera_senha(cast: Cast) -> None:
    assert at(cast.admin).get("/admin/password_change/")["Location"] == "/altera-senha/"
