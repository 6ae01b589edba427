"""The form, the draft with its whole text, and the confirmation, as the responsible person meets them."""

from datetime import date, timedelta
from typing import Any

import pytest
from django.conf import LazySettings
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.utils import timezone

from certificates.services import signers
from portal.accounts.models import EndedCertificate
from portal.periods import add_months
from proxies.powers.models import Power
from tests.factories import Cast, a_cnpj, a_cpf, make_company, make_unit
from tests.factories.powers import (
    a_seal,
    an_e_cnpj,
    an_e_cpf,
    days,
    in_session,
    make_draft_power,
    make_power,
    with_e_cnpj,
    with_e_cpf,
)
from tests.powers.browsing import browser_of, words

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("demo_signer")]
GRANT = "/procuracoes/conceder/"


@pytest.fixture
def bruno(cast: Cast) -> Client:
    """In a session of company B's e-CNPJ, for which he answers."""
    return browser_of(with_e_cnpj(cast.bruno, cast.company_b.tax_id))


def filled(cast: Cast, **changes: Any) -> dict[str, Any]:
    """What is typed to give Carla the invoices for a year."""
    return {
        "grantee_cpf": cast.carla.cpf, "grantee_name": "Carla  Dias",
        "grantee_email": "carla@escritorio.com.br", "office_cnpj": "",
        "reach": f"company-{cast.company_b.pk}", "services": ["invoices"], "level": "operate",
        "starts_on": f"{days(0):%d/%m/%Y}", "ends_on": f"{days(364):%d/%m/%Y}",
    } | changes  # fmt: skip


def drafted(client: Client, cast: Cast, **changes: Any) -> Power:
    answer = client.post(GRANT, filled(cast, **changes))
    power = Power.objects.get()
    assert (answer.status_code, answer["Location"]) == (302, f"{GRANT}{power.code}/")
    return power


def test_from_the_form_to_the_power_that_waits_with_its_text_read_in_between(bruno, cast):
    power = drafted(bruno, cast)
    assert (power.status, power.grantee_name) == ("draft", "Carla Dias")
    page = words(bruno.get(power.get_absolute_url()))
    for said in (power.shown_code, "Carla Dias", "Faturas e relatórios", "substabelecimento",
                 f"{power.ends_on:%d/%m/%Y}", power.record_sha256):  # fmt: skip
        assert said in page
    answer = bruno.post(f"{GRANT}{power.code}/confirmar/", {"read": "on"})
    assert answer["Location"] == f"/procuracoes/eletronica/{power.code}/"
    power.refresh_from_db()
    assert (power.status, power.means) == ("waiting", "session")
    assert "Aguardando" in words(bruno.get(answer["Location"]))
    assert bruno.get(f"{GRANT}{power.code}/")["Location"] == answer["Location"]


def test_a_draft_that_was_not_read_grants_nothing(bruno, cast):
    power = drafted(bruno, cast)
    answer = bruno.post(f"{GRANT}{power.code}/confirmar/")
    assert answer.status_code == 422
    assert "Leia o texto e marque esta caixa" in words(answer)
    power.refresh_from_db()
    assert power.status == "draft"


def test_who_came_with_the_certificate_long_ago_comes_with_it_again_first(cast):
    by = with_e_cnpj(cast.bruno, cast.company_b.tax_id)
    power = make_draft_power(cast, by=by)
    late = browser_of(by, proven_ago=3600)
    assert late.get(power.get_absolute_url()).status_code == 200
    answer = late.post(f"{GRANT}{power.code}/confirmar/", {"read": "on"})
    assert answer.status_code == 403
    assert "entre de novo com o certificado da empresa" in words(answer)
    assert late.get(f"{GRANT}{power.code}/confirmar/")["Location"] == power.get_absolute_url()
    power.refresh_from_db()
    assert power.status == "draft"


def test_a_draft_is_discarded_after_a_question(bruno, cast):
    power = drafted(bruno, cast)
    way = f"{GRANT}{power.code}/descartar/"
    assert "Descartar o rascunho para Carla Dias?" in words(bruno.get(way))
    assert Power.objects.exists()
    assert bruno.post(way)["Location"] == "/procuracoes/concedidas/"
    assert not Power.objects.exists()


FIVE_YEARS = add_months(timezone.localdate(), 60) + timedelta(days=2)
BAD = [
    ({"grantee_cpf": "111.111.111-11"}, "CPF válido"),
    ({"grantee_cpf": ""}, "obrigatório"),
    ({"grantee_cpf": "own"}, "Este é o seu próprio CPF"),
    ({"grantee_name": "..."}, "Informe o nome da pessoa"),
    ({"office_cnpj": "11.111.111/1111-11"}, "CNPJ válido"),
    ({"grantee_email": "carla"}, "e-mail"),
    ({"services": []}, "Escolha ao menos um serviço."),
    ({"services": ["nothing"]}, "não é uma das escolhas"),
    ({"level": "administer"}, "não é uma das escolhas"),
    ({"reach": "company-999999"}, "não é uma das escolhas"),
    ({"starts_on": f"{days(9):%d/%m/%Y}", "ends_on": f"{days(8):%d/%m/%Y}"}, "não pode vir antes do primeiro"),
    ({"starts_on": f"{days(-1):%d/%m/%Y}"}, "não pode ter passado"),
    ({"ends_on": f"{FIVE_YEARS:%d/%m/%Y}"}, "cinco anos"),
    ({"ends_on": "31/02/2027"}, "dd/mm/aaaa"),
]  # fmt: skip


@pytest.mark.parametrize(("changes", "said"), BAD, ids=[said for _changes, said in BAD])
def test_what_is_filled_in_wrongly_is_said_and_everything_typed_stays(bruno, cast, changes, said):
    if changes.get("grantee_cpf") == "own":
        changes = {"grantee_cpf": cast.bruno.cpf}
    answer = bruno.post(GRANT, filled(cast, **changes))
    page = answer.content.decode()
    assert answer.status_code == 200
    assert said in words(answer)
    assert 'value="Carla  Dias"' in page or "grantee_name" in changes
    assert f'value="{filled(cast, **changes)["ends_on"]}"' in page
    assert not Power.objects.exists()


def test_five_years_to_the_day_are_not_too_long(bruno, cast):
    start = days(1)
    power = drafted(
        bruno, cast, starts_on=f"{start:%d/%m/%Y}", ends_on=f"{add_months(start, 60):%d/%m/%Y}"
    )
    assert power.ends_on == add_months(start, 60)


def test_a_power_over_some_units_names_them_and_nothing_else(bruno, cast):
    unit = make_unit(cast.company_b, "Filial Norte", cnpj=cast.company_b.tax_id)
    power = drafted(bruno, cast, reach="some", units=[unit.pk])
    assert list(power.units.all()) == [unit]
    assert "Filial Norte" in words(bruno.get(power.get_absolute_url()))


def test_a_service_of_whole_companies_is_refused_for_units(bruno, cast):
    cast.company_b.kind = "office"
    cast.company_b.save()
    unit = make_unit(cast.company_b, "Filial Norte", cnpj=cast.company_b.tax_id)
    answer = bruno.post(GRANT, filled(cast, reach="some", units=[unit.pk], services=["proxies"]))
    assert "só para a empresa inteira" in words(answer)
    assert not Power.objects.exists()


def test_accesses_of_clients_are_offered_to_offices_alone(bruno, cast):
    answer = bruno.post(GRANT, filled(cast, services=["proxies"]))
    assert "não é uma das escolhas" in words(answer)
    assert "Procurações do escritório" not in words(bruno.get(GRANT))
    assert not Power.objects.exists()


def test_who_chooses_some_units_names_them(bruno, cast):
    make_unit(cast.company_b, "Filial Norte", cnpj=cast.company_b.tax_id)
    answer = bruno.post(GRANT, filled(cast, reach="some"))
    assert "Escolha pelo menos uma unidade." in words(answer)
    assert not Power.objects.exists()


def test_a_unit_of_another_cnpj_is_no_choice(bruno, cast):
    answer = bruno.post(GRANT, filled(cast, reach="some", units=[cast.unit_a1.pk]))
    assert cast.unit_a1.name not in words(answer)
    assert not Power.objects.exists()


def test_an_e_cnpj_of_a_branch_grants_over_its_units_alone(cast):
    unit = make_unit(cast.company_b, "Filial Sul", cnpj=a_cnpj())
    branch = browser_of(with_e_cnpj(cast.bruno, unit.cnpj))
    page = words(branch.get(GRANT))
    assert "Filial Sul" in page
    assert "Na empresa inteira" not in page
    assert "só para a empresa inteira" not in page
    power = drafted(branch, cast, units=[unit.pk])
    assert list(power.units.all()) == [unit]


def test_without_a_certificate_of_a_company_the_page_explains_and_leads_in(
    cast, client_of, settings: LazySettings
):
    settings.CERTIFICATE_ENTRANCE_URL = "https://certificado.exemplo.com.br"
    way = f"/entrar/certificado/?next={GRANT}"
    for client in (Client(), client_of(cast.ana), browser_of(with_e_cpf(cast.ana))):
        answer = client.get(GRANT)
        assert "Para conceder é preciso certificado digital" in words(answer)
        assert way in answer.content.decode()
        assert client.post(GRANT, filled(cast)).status_code in {200, 403}
    assert "Você entrou com o e-CNPJ" in words(
        browser_of(with_e_cnpj(cast.ana, a_cnpj())).get(GRANT)
    )
    assert "As próprias empresas concedem" in words(client_of(cast.admin).get(GRANT))
    assert not Power.objects.exists()


def test_once_the_certificate_is_revoked_nothing_is_granted_any_more(cast):
    by = with_e_cnpj(cast.bruno, cast.company_b.tax_id)
    power, client, now = make_draft_power(cast, by=by), browser_of(by), timezone.now()
    assert by.opening
    assert by.opening.not_after
    EndedCertificate.objects.create(
        sha256=by.opening.sha256,
        reason="revoked",
        not_after=by.opening.not_after or now,
        ended_at=now,
    )
    assert client.post(f"{GRANT}{power.code}/confirmar/", {"read": "on"}).status_code == 302
    power.refresh_from_db()
    assert power.status == "draft"
    assert "Para conceder é preciso" in words(client.get(GRANT))


def test_without_the_portal_s_own_certificate_nobody_fills_in_a_form(bruno, cast, monkeypatch):
    power = drafted(bruno, cast)
    monkeypatch.setattr(signers, "fallback_signers", [])
    answer = bruno.get(GRANT)
    assert "não tem em uso um certificado" in words(answer)
    assert 'name="grantee_cpf"' not in answer.content.decode()
    assert "não tem em uso um certificado" in words(bruno.get(power.get_absolute_url()))
    assert bruno.post(f"{GRANT}{power.code}/confirmar/", {"read": "on"}).status_code == 409
    power.refresh_from_db()
    assert power.status == "draft"


def test_a_draft_is_there_for_who_made_it_alone(bruno, cast):
    power = drafted(bruno, cast)
    other = with_e_cnpj(cast.ana, cast.company_b.tax_id)
    elsewhere = with_e_cnpj(cast.bruno, make_company("Outra").tax_id)
    for user in (other, elsewhere, in_session(cast.bruno), with_e_cpf(cast.carla)):
        client = browser_of(user)
        assert client.get(f"{GRANT}{power.code}/").status_code == 404
        assert client.post(f"{GRANT}{power.code}/confirmar/", {"read": "on"}).status_code == 404
    power.refresh_from_db()
    assert power.status == "draft"


def test_a_power_that_says_the_same_is_pointed_out_and_not_refused(bruno, cast):
    older = make_power(cast)
    bruno.post(GRANT, filled(cast))
    newer = Power.objects.get(status="draft")
    assert f"{older.shown_code}, até" in words(bruno.get(newer.get_absolute_url()))
    bruno.post(f"{GRANT}{newer.code}/confirmar/", {"read": "on"})
    newer.refresh_from_db()
    assert newer.status == "waiting"


# The other policy: the record is signed outside of the portal.


@pytest.fixture
def by_signature(settings: LazySettings) -> None:
    settings.POWERS_CONFIRMED_BY = "signature"


def handed_in(client: Client, power: Power, p7s: bytes) -> Any:
    file = SimpleUploadedFile("registro.p7s", p7s)
    return client.post(f"{GRANT}{power.code}/assinar/", {"signature": file, "read": "on"})


@pytest.mark.usefixtures("by_signature")
def test_the_record_is_downloaded_signed_and_handed_in(cast):
    held = an_e_cnpj(cast.company_b.tax_id, cast.bruno)
    client = browser_of(in_session(cast.bruno, held))
    power = drafted(client, cast)
    assert "assinatura destacada" in words(client.get(power.get_absolute_url()))
    record = client.get(f"{GRANT}{power.code}/registro.json")
    assert record.content == bytes(power.record)
    assert client.post(f"{GRANT}{power.code}/confirmar/", {"read": "on"}).status_code in {409, 422}
    answer = handed_in(client, power, held.sign(record.content))
    assert answer["Location"] == f"/procuracoes/eletronica/{power.code}/"
    power.refresh_from_db()
    assert (power.status, power.means) == ("waiting", "signature")


@pytest.mark.usefixtures("by_signature")
@pytest.mark.parametrize(
    ("case", "said"),
    [
        ("another file", "é de outro arquivo"),
        ("another company", "e-CNPJ de outra empresa"),
        ("another responsible", "outra pessoa responsável"),
        ("e-cpf", "não é um e-CNPJ"),
        ("seal", "selo eletrônico não expressa"),
        ("no signature", "assinatura"),
        ("empty", "vazio"),
    ],
)
def test_what_is_not_the_company_s_signature_of_this_record_is_refused_in_words(cast, case, said):
    held = an_e_cnpj(cast.company_b.tax_id, cast.bruno)
    client = browser_of(in_session(cast.bruno, held))
    power = drafted(client, cast)
    record = bytes(power.record)
    p7s = {
        "another file": lambda: held.sign(record + b" "),
        "another company": lambda: an_e_cnpj(a_cnpj(), cast.bruno).sign(record),
        "another responsible": lambda: an_e_cnpj(cast.company_b.tax_id, cast.ana).sign(record),
        "e-cpf": lambda: an_e_cpf(cast.bruno).sign(record),
        "seal": lambda: a_seal(cast.company_b.tax_id, cast.bruno).sign(record),
        "no signature": lambda: b"nothing at all",
        "empty": lambda: b"",
    }[case]()
    answer = handed_in(client, power, p7s)
    assert answer.status_code == 422
    assert said in words(answer)
    power.refresh_from_db()
    assert (power.status, power.signature) == ("draft", None)


# Renewal


def test_a_renewal_begins_with_what_the_power_says_the_day_after_its_end(bruno, cast):
    power = make_power(cast)
    Power.objects.filter(pk=power.pk).update(status="active", accepted_at=timezone.now())
    page = bruno.get(f"/procuracoes/eletronica/{power.code}/renovar/")
    form = page.context["form"]
    assert form.initial["starts_on"] == power.ends_on + timedelta(days=1)
    assert cast.carla.name in page.content.decode()
    start: date = form.initial["starts_on"]
    answer = bruno.post(
        f"/procuracoes/eletronica/{power.code}/renovar/",
        filled(cast, starts_on=f"{start:%d/%m/%Y}", ends_on=f"{form.initial['ends_on']:%d/%m/%Y}"),
    )
    assert answer.status_code == 302
    assert Power.objects.get(status="draft").renews == power


def test_one_that_nobody_accepted_is_not_renewed(bruno, cast):
    power = make_power(cast)
    way = f"/procuracoes/eletronica/{power.code}/renovar/"
    assert bruno.get(way)["Location"] == f"/procuracoes/eletronica/{power.code}/"
    assert a_cpf() not in words(bruno.get(way, follow=True))
