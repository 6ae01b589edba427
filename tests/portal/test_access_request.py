"""A stranger asks for access; staff accept or refuse."""

import re
from datetime import timedelta

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from portal.accounts import services
from portal.accounts.models import AccessRequest, Grant, Unit, User
from portal.audit.models import AuditEvent
from portal.provider.models import ContactDesk
from portal.taxid import format_tax_id
from tests.factories import Cast, a_cpf
from tests.portal.entrance import code, link_in, mail_text, mails, text, without_keys

ASK, LIST = "/solicitar-acesso/", "/equipe/acessos/"


def form(**values: str) -> dict[str, str]:
    return {
        "name": "Nina  Nova", "cpf": a_cpf(), "email": "Nina@Exemplo.com.br", "phone": "(31) 3247-5816",
        "unit_text": "Sede", "message": "", **code(), **values,
    }  # fmt: skip


def a_request(cast: Cast, **values: str) -> AccessRequest:
    Client().post(ASK, form(unit_text=cast.unit_a1.code, **values))
    return AccessRequest.objects.latest("pk")


@pytest.fixture
def staff(cast: Cast) -> Client:
    client = Client()
    client.force_login(cast.atendente)
    return client


def test_the_request_is_kept_and_the_desk_for_access_told(cast: Cast) -> None:
    ContactDesk.objects.create(topic="access", name="Cadastro", email="cadastro@exemplo.com.br")
    response = Client().post(ASK, form(), follow=True)
    assert "Solicitação recebida" in text(response)
    row = AccessRequest.objects.get()
    assert (row.name, row.email, row.status) == ("Nina Nova", "nina@exemplo.com.br", "pending")
    told = mail_text(mails("cadastro@exemplo.com.br")[0])
    assert f"{LIST}{row.pk}/" in told
    assert "Nina" not in told


@pytest.mark.parametrize(
    ("values", "said"),
    [
        ({"cpf": "11111111111"}, "CPF válido"), ({"name": "Nina"}, "nome e sobrenome"),
        ({"phone": "32475816"}, "Telefone"), ({"email": "x"}, "e-mail"), ({"unit_text": ""}, "obrigatório"),
        ({"captcha_1": "?"}, "não confere com a imagem"),
    ],
)  # fmt: skip
def test_what_is_wrong_is_said_and_nothing_typed_is_lost(
    db: None, values: dict[str, str], said: str
) -> None:
    page = text(Client().post(ASK, form(message="Bom dia", **values)))
    assert said in page
    assert "Bom dia" in page
    assert not AccessRequest.objects.exists()


def test_someone_known_gets_the_same_answer_as_a_stranger(cast: Cast) -> None:
    known = Client().post(ASK, form(cpf=str(cast.ana.cpf), email=str(cast.ana.email)), follow=True)
    stranger = Client().post(ASK, form(), follow=True)
    assert known.redirect_chain == stranger.redirect_chain
    assert without_keys(known) == without_keys(stranger)


def test_asking_twice_for_the_same_is_one_request(db: None) -> None:
    cpf = a_cpf()
    for _ in range(2):
        Client().post(ASK, form(cpf=cpf))
    assert AccessRequest.objects.count() == 1


def test_the_work_page_finds_the_unit_from_what_was_typed(cast: Cast, staff: Client) -> None:
    row = a_request(cast)
    page = text(staff.get(f"{LIST}{row.pk}/"))
    assert str(cast.unit_a1) in page
    assert f"{cast.company_a}: todas as unidades" in page
    assert str(cast.unit_b1) not in page


def accept(staff: Client, row: AccessRequest, **values: object) -> str:
    return text(staff.post(f"{LIST}{row.pk}/aceitar/", {"level": "operate", **values}, follow=True))


def test_another_unit_is_searched_added_and_given_without_scripts(
    cast: Cast, staff: Client
) -> None:
    row, first, other = a_request(cast), f"unit:{cast.unit_a1.pk}", cast.unit_b1
    page = accept(staff, row, on=first, unit=other.code, find="unit")
    assert f'name="unit_key" value="{other.pk}"' in page
    assert f'value="{first}" id="id_on_0" checked' in page.replace('class="form-check-input" ', "")
    picked = {"unit": other.code, "unit_key": other.pk, "unit_key_text": other.code}
    page = accept(staff, row, on=first, add="1", last_day="2001-01-01", **picked)
    assert f"Adicionado: {other} · {cast.company_b}" in page
    assert "O último dia" not in page.replace("Último dia do acesso", ""), "nothing is judged yet"
    keys = re.findall(r'<input[^>]*name="on"[^>]*checked[^>]*>', page)
    assert [re.search(r'value="([^"]+)"', key)[1] for key in keys] == [first, f"unit:{other.pk}"]  # type: ignore[index]
    assert not User.objects.filter(email="nina@exemplo.com.br").exists()
    accept(staff, row, on=[first, f"unit:{other.pk}"])
    grants = Grant.objects.filter(user__email="nina@exemplo.com.br")
    assert {grant.unit for grant in grants} == {cast.unit_a1, other}


def test_what_was_picked_counts_even_if_it_was_not_added_to_the_list(
    cast: Cast, staff: Client
) -> None:
    row = a_request(cast)
    accept(staff, row, unit=cast.unit_b1.code, company=format_tax_id(cast.company_a.tax_id))
    grants = Grant.objects.filter(user__email="nina@exemplo.com.br")
    assert {grant.unit or grant.company for grant in grants} == {cast.unit_b1, cast.company_a}


def test_adding_what_is_not_found_says_so_and_keeps_what_was_ticked(
    cast: Cast, staff: Client
) -> None:
    row = a_request(cast)
    page = accept(staff, row, on=f"unit:{cast.unit_a1.pk}", unit="não existe", add="1")
    assert "Nada encontrado com este texto." in page
    assert "checked" in page
    row.refresh_from_db()
    assert row.status == "pending"


def test_nothing_chosen_is_said(cast: Cast, staff: Client) -> None:
    assert "Escolha pelo menos uma unidade ou empresa." in accept(staff, a_request(cast))
    AccessRequest.objects.update(unit_text="nada que exista")
    page = accept(staff, AccessRequest.objects.get())
    assert "Escolha pelo menos uma unidade ou empresa." in page
    assert "Nenhuma unidade ativa combina" in page


def test_a_place_that_has_become_inactive_is_not_given(cast: Cast, staff: Client) -> None:
    row = a_request(cast)
    Unit.objects.filter(pk=cast.unit_b1.pk).update(is_active=False)
    accept(staff, row, on=f"unit:{cast.unit_b1.pk}")
    assert not User.objects.filter(email="nina@exemplo.com.br").exists()


def test_accepting_makes_the_person_the_grant_and_the_invitation(cast: Cast, staff: Client) -> None:
    row = a_request(cast)
    data = {"on": f"unit:{cast.unit_a1.pk}", "level": "operate"}
    response = staff.post(f"{LIST}{row.pk}/aceitar/", data, follow=True)
    assert "Acesso concedido a Nina Nova" in text(response)
    user = User.objects.get(email="nina@exemplo.com.br")
    grant = user.grants.get()
    assert (grant.unit, grant.level, grant.created_by) == (cast.unit_a1, "operate", cast.atendente)
    assert Client().get(link_in(mails("nina@exemplo.com.br")[0])).status_code == 302
    row.refresh_from_db()
    assert (row.status, row.user, row.decided_by) == ("accepted", user, cast.atendente)


def test_a_whole_company_may_be_chosen(cast: Cast, staff: Client) -> None:
    row = a_request(cast)
    data = {"on": f"company:{cast.company_a.pk}", "level": "administer"}
    staff.post(f"{LIST}{row.pk}/aceitar/", data)
    assert Grant.objects.filter(
        company=cast.company_a, level="administer", user__name="Nina Nova"
    ).exists()


def test_several_units_are_given_at_once_each_with_the_same_end(cast: Cast, staff: Client) -> None:
    row = a_request(cast)
    places = [f"unit:{unit.pk}" for unit in (cast.unit_a1, cast.unit_a2)]
    last = timezone.localdate() + timedelta(days=30)
    data = {
        "on": places, "level": "consult", "last_day": last.isoformat(),
        "services": ["invoices"],
    }  # fmt: skip
    staff.post(f"{LIST}{row.pk}/aceitar/", data)
    grants = Grant.objects.filter(user__email="nina@exemplo.com.br")
    assert {grant.unit for grant in grants} == {cast.unit_a1, cast.unit_a2}
    assert {(g.level, g.last_day, *g.scopes) for g in grants} == {("consult", last, "invoices")}


def test_units_of_a_company_that_is_given_whole_get_no_grant_of_their_own(
    cast: Cast, staff: Client
) -> None:
    row = a_request(cast)
    places = [f"company:{cast.company_a.pk}", f"unit:{cast.unit_a1.pk}"]
    data = {"on": places, "level": "operate"}
    staff.post(f"{LIST}{row.pk}/aceitar/", data)
    assert Grant.objects.get(user__email="nina@exemplo.com.br").company == cast.company_a


def test_access_cannot_end_before_it_begins(cast: Cast, staff: Client) -> None:
    row = a_request(cast)
    yesterday = timezone.localdate() - timedelta(days=1)
    data = {
        "on": f"unit:{cast.unit_a1.pk}", "level": "operate",
        "last_day": yesterday.isoformat(),
    }  # fmt: skip
    page = text(staff.post(f"{LIST}{row.pk}/aceitar/", data))
    assert "O último dia deve ser hoje ou depois." in page
    row.refresh_from_db()
    assert row.status == "pending"


@pytest.mark.parametrize("on", ["", "unit:999999", "company:x"])
def test_a_place_that_was_not_offered_is_refused(cast: Cast, staff: Client, on: str) -> None:
    row = a_request(cast)
    response = staff.post(f"{LIST}{row.pk}/aceitar/", {"on": on, "level": "operate"})
    assert response.status_code == 200
    row.refresh_from_db()
    assert row.status == "pending"
    assert not User.objects.filter(email="nina@exemplo.com.br").exists()


def test_mail_for_a_known_person_goes_to_the_registered_address_never_to_the_typed_one(
    cast: Cast, staff: Client
) -> None:
    row = a_request(cast, cpf=str(cast.bruno.cpf), email="estranho@exemplo.com.br")
    assert "conhece esta pessoa" in text(staff.get(f"{LIST}{row.pk}/"))
    services.accept_request(
        row, access=services.NewAccess(places=[cast.unit_a1], level="consult"),
        by=cast.atendente, at=timezone.now(),
    )  # fmt: skip
    assert not mails("estranho@exemplo.com.br")
    [mail] = mails(str(cast.bruno.email))
    assert "/acesso/" not in mail_text(mail)
    cast.bruno.refresh_from_db()
    assert cast.bruno.email != "estranho@exemplo.com.br"
    assert cast.bruno.grants.filter(unit=cast.unit_a1, level="consult").exists()


def test_an_e_mail_of_somebody_with_another_cpf_is_said_and_nothing_is_given(
    cast: Cast, staff: Client
) -> None:
    row = a_request(cast, email=str(cast.bruno.email))
    data = {"on": f"unit:{cast.unit_a1.pk}", "level": "operate"}
    assert "outro CPF" in text(staff.post(f"{LIST}{row.pk}/aceitar/", data))
    row.refresh_from_db()
    assert row.status == "pending"
    assert not cast.bruno.grants.filter(unit=cast.unit_a1).exists()


def test_somebody_inactive_is_not_let_in_by_the_back_door(cast: Cast, staff: Client) -> None:
    User.objects.filter(pk=cast.bruno.pk).update(is_active=False)
    row = a_request(cast, cpf=str(cast.bruno.cpf))
    data = {"on": f"unit:{cast.unit_a1.pk}", "level": "operate"}
    assert "inativo" in text(staff.post(f"{LIST}{row.pk}/aceitar/", data))


def test_refusing_needs_a_reason_and_tells_it(cast: Cast, staff: Client) -> None:
    row = a_request(cast)
    assert "obrigatório" in text(staff.post(f"{LIST}{row.pk}/recusar/", {"reason": " "}))
    staff.post(f"{LIST}{row.pk}/recusar/", {"reason": "Fale com a sua chefia & peça ofício."})
    row.refresh_from_db()
    assert row.status == "refused"
    assert "chefia & peça" in mail_text(mails("nina@exemplo.com.br")[0])


def test_of_two_who_decide_at_once_the_second_is_told(cast: Cast, staff: Client) -> None:
    row = a_request(cast)
    staff.post(f"{LIST}{row.pk}/recusar/", {"reason": "Não."})
    data = {"on": f"unit:{cast.unit_a1.pk}", "level": "operate"}
    assert "já foi decidida" in text(staff.post(f"{LIST}{row.pk}/aceitar/", data, follow=True))
    assert not User.objects.filter(email="nina@exemplo.com.br").exists()
    assert "já foi decidida" in text(
        staff.post(f"{LIST}{row.pk}/recusar/", {"reason": "De novo."}, follow=True)
    )
    assert len(mails("nina@exemplo.com.br")) == 1


def test_only_who_may_decide_sees_the_requests(cast: Cast) -> None:
    row = a_request(cast)
    for user, status in [
        (cast.ana, 403),
        (cast.agente, 403),
        (cast.faturista, 200),
        (cast.admin, 200),
    ]:
        client = Client()
        client.force_login(user)
        for path in [LIST, f"{LIST}{row.pk}/", f"{LIST}{row.pk}/recusar/"]:
            assert client.get(path).status_code == status, (user, path)


def test_the_list_costs_the_same_with_many_rows(
    cast: Cast, staff: Client, django_assert_num_queries: object
) -> None:
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    def cost() -> int:
        with CaptureQueriesContext(connection) as found:
            staff.get(LIST)
        return len(found)

    a_request(cast)
    cost()
    few = cost()
    AccessRequest.objects.bulk_create(
        AccessRequest(
            name=f"P {n}",
            cpf=a_cpf(),
            email=f"p{n}@exemplo.com.br",
            phone="3132475816",
            unit_text="X",
        )
        for n in range(60)
    )
    assert cost() == few + 1  # more than a page is counted
    assert 'rel="next"' in text(staff.get(LIST))


def test_staff_see_who_waits_on_their_first_page(cast: Cast, staff: Client) -> None:
    a_request(cast)
    assert "Nina Nova" in text(staff.get("/painel/"))
    client = Client()
    client.force_login(cast.ana)
    assert "Nina Nova" not in text(client.get("/painel/"))


def test_ten_requests_an_hour_from_one_address(db: None) -> None:
    found = [Client().post(ASK, form()).status_code for _ in range(11)]
    assert found == [302] * 10 + [429]


def test_decisions_are_noted_by_number_only(cast: Cast) -> None:
    row = a_request(cast)
    user = services.accept_request(
        row, access=services.NewAccess(places=[cast.unit_a1], level="consult"),
        by=cast.atendente, at=timezone.now(),
    )  # fmt: skip
    event = AuditEvent.objects.get(action="access_request.accepted")
    assert (event.target, event.data, event.actor) == (
        f"accounts.accessrequest:{row.pk}",
        {"user": user.pk},
        cast.atendente,
    )
    given = AuditEvent.objects.get(action="grant.given")
    assert given.chain == f"company:{cast.company_a.pk}"


def ticked(count: int) -> tuple[list[AccessRequest], str]:
    rows = [
        AccessRequest.objects.create(
            name=f"Pessoa {i}", cpf=a_cpf(), email=f"p{i}@exemplo.com.br",
            phone="(31) 3333-4444", unit_text="Sede",
        )
        for i in range(count)
    ]  # fmt: skip
    return rows, ",".join(str(row.pk) for row in rows)


def test_several_are_refused_at_once_for_one_reason_and_each_is_told(
    cast: Cast, staff: Client
) -> None:
    rows, keys = ticked(3)
    url = reverse("accounts:refuse_requests")
    page = text(staff.get(url, {"ids": keys}))
    assert "Recusar 3 solicitações" in page
    assert "Pessoa 2" in page
    assert staff.post(url, {"ids": keys, "reason": ""}).status_code == 200
    assert AccessRequest.objects.filter(status="pending").count() == 3
    AccessRequest.objects.filter(pk=rows[0].pk).update(status="accepted")
    response = staff.post(url, {"ids": keys, "reason": "Unidade de outro fornecedor."})
    assert response["Location"] == reverse("accounts:access_requests")
    assert AccessRequest.objects.filter(status="refused").count() == 2
    assert not mails("p0@exemplo.com.br")
    assert "Unidade de outro fornecedor." in mail_text(mails("p2@exemplo.com.br")[0])


@pytest.mark.parametrize("keys", ["", "x", "0", "9" * 40, "1,,2"])
def test_nothing_ticked_leads_back_to_the_list(cast: Cast, staff: Client, keys: str) -> None:
    response = staff.get(reverse("accounts:refuse_requests"), {"ids": keys})
    assert response["Location"] == reverse("accounts:access_requests")


def test_who_is_signed_in_finds_the_form_filled_in(cast: Cast) -> None:
    client = Client()
    client.force_login(cast.ana)
    page = text(client.get(reverse("accounts:request_access")))
    assert 'value="Ana Souza"' in page
    assert f'value="{cast.ana.email}"' in page


def test_an_invitation_has_no_full_stop_too_many(cast: Cast) -> None:
    from portal.accounts import services

    services.invite(cast.ana, by=None)
    assert ".." not in mail_text(mails(cast.ana.email or "")[0])
