"""Accepting, declining, renouncing and revoking, as both sides and staff meet them."""

import pytest
from django.test import Client
from django.utils import timezone

from portal.accounts.models import Grant
from proxies.powers.models import Power
from tests.factories import Cast, make_grant
from tests.factories.powers import make_accepted, make_power, with_e_cnpj, with_e_cpf
from tests.powers.browsing import browser_of, words

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("demo_signer")]


@pytest.fixture
def carla(cast: Cast) -> Client:
    """In a session of her e-CPF."""
    return browser_of(with_e_cpf(cast.carla))


def company(cast: Cast) -> Client:
    """A session of company B's e-CNPJ, for which Bruno answers."""
    return browser_of(with_e_cnpj(cast.bruno, cast.company_b.tax_id))


def way(power: Power, act: str = "") -> str:
    return f"/procuracoes/eletronica/{power.code}/{act}"


def status(power: Power) -> str:
    return Power.objects.get(pk=power.pk).status


def opened(cast: Cast) -> set[str]:
    """The services that Carla's powers open at company B at present."""
    grants = Grant.objects.in_force(timezone.now()).filter(user=cast.carla, source="proxy")
    return {name for grant in grants.filter(company=cast.company_b) for name in grant.scopes}


def test_the_grantee_reads_it_and_accepts_with_the_e_cpf(carla, cast):
    power = make_power(cast)
    assert "Procurações que esperam por você" in words(carla.get("/painel/"))
    assert power.grantor_name in words(carla.get("/procuracoes/recebidas/"))
    assert "substabelecimento" in words(carla.get(way(power, "aceitar/")))
    assert opened(cast) == set()
    answer = carla.post(way(power, "aceitar/"), follow=True)
    assert "Você aceitou a procuração." in words(answer)
    assert (status(power), opened(cast)) == ("active", {"invoices"})
    assert "Procurações que esperam" not in words(carla.get("/painel/"))


def test_with_a_password_it_is_read_and_declined_but_not_accepted(cast, client_of, settings):
    settings.CERTIFICATE_ENTRANCE_URL = "https://certificado.exemplo.com.br"
    power, client = make_power(cast), client_of(cast.carla)
    page = client.get(way(power, "aceitar/"))
    assert "A procuração se aceita com o seu e-CPF" in words(page)
    assert f"/entrar/certificado/?next={way(power, 'aceitar/')}" in page.content.decode()
    client.post(way(power, "aceitar/"))
    assert (status(power), opened(cast)) == ("waiting", set())
    client.post(way(power, "recusar/"), {"note": "Não trabalho mais para a empresa."})
    assert status(power) == "declined"
    assert "Não trabalho mais para a empresa." in words(company(cast).get(way(power)))


def test_the_e_cpf_of_another_person_meets_nothing(cast):
    power = make_power(cast)
    other = browser_of(with_e_cpf(cast.ana))
    for act in (
        "",
        "aceitar/",
        "recusar/",
        "renunciar/",
        "revogar/",
        "procuracao.pdf",
        "prova.zip",
    ):
        assert other.get(way(power, act)).status_code == 404
    assert other.post(way(power, "aceitar/")).status_code == 404
    assert power.grantor_name not in words(other.get("/procuracoes/recebidas/"))
    assert status(power) == "waiting"


def test_the_company_s_session_accepts_nothing_for_the_grantee(cast):
    power = make_power(cast)
    assert company(cast).post(way(power, "aceitar/")).status_code == 404
    assert status(power) == "waiting"


def test_staff_are_told_that_they_cannot_accept(cast):
    power = make_power(cast, grantee=cast.agente)
    client = browser_of(with_e_cpf(cast.agente))
    assert client.post(way(power, "aceitar/")).status_code in {200, 302, 404}
    assert status(power) == "waiting"


def test_it_is_renounced_after_a_question_and_opens_nothing_any_more(carla, cast):
    power = make_accepted(cast)
    assert "Isto não pode ser desfeito" in words(carla.get(way(power, "renunciar/")))
    assert status(power) == "active"
    carla.post(way(power, "renunciar/"), {"note": ""})
    assert (status(power), opened(cast)) == ("renounced", set())


def test_what_has_ended_is_not_ended_again(carla, cast):
    power = make_accepted(cast)
    company(cast).post(way(power, "revogar/"))
    for act in ("aceitar/", "recusar/", "renunciar/"):
        assert "não é possível na situação atual" in words(
            browser_of(with_e_cpf(cast.carla)).post(way(power, act), follow=True)
        )
    assert status(power) == "revoked"


def test_the_company_revokes_it_and_the_grantee_is_signed_out_at_once(cast):
    power = make_accepted(cast)
    carla = browser_of(with_e_cpf(cast.carla))
    assert carla.get("/painel/").status_code == 200
    client = company(cast)
    assert "a pessoa sai do portal" in words(client.get(way(power, "revogar/")))
    client.post(way(power, "revogar/"), {"note": "Deixou a empresa."})
    assert (status(power), opened(cast)) == ("revoked", set())
    assert "Deixou a empresa." in words(client.get(way(power)))


def test_an_administrator_of_the_company_revokes_without_the_certificate(cast, client_of):
    power = make_accepted(cast)
    make_grant(cast.ana, cast.company_b, level=Grant.Level.ADMINISTER)
    client = client_of(cast.ana)
    assert power.grantee_name in words(client.get("/procuracoes/concedidas/"))
    client.post(way(power, "revogar/"))
    assert status(power) == "revoked"


def test_a_member_who_does_not_administer_sees_none_of_them(cast, client_of):
    power = make_accepted(cast)
    client = client_of(cast.bruno)  # operates, by password
    assert client.get(way(power)).status_code == 404
    assert client.post(way(power, "revogar/")).status_code == 404
    assert status(power) == "active"


def test_staff_revoke_only_with_the_company_s_written_request(cast, client_of):
    power, client = make_accepted(cast), client_of(cast.agente)
    place = f"/equipe/procuracoes-eletronicas/{power.code}/revogar/"
    assert "Revogar a pedido da empresa?" in words(client.get(place))
    assert client.post(place, {"reason": "curto"}).status_code == 200
    assert status(power) == "active"
    client.post(place, {"reason": "Carta de 27/11, assinada por Bruno Lima."})
    assert status(power) == "revoked"
    assert "Carta de 27/11" in words(browser_of(with_e_cpf(cast.carla)).get(way(power)))
    assert client_of(cast.faturista).get(place).status_code == 403


def test_a_new_responsible_person_is_warned_and_keeps_or_revokes(cast):
    power = make_accepted(cast)
    ana = browser_of(with_e_cnpj(cast.ana, cast.company_b.tax_id))
    assert "concedida por outra pessoa" in words(ana.get("/procuracoes/concedidas/"))
    page = words(ana.get(way(power)))
    assert "Foi concedida por Bruno Lima, que respondia pela empresa na época" in page
    assert "Revogar" in page
    bruno = company(cast)
    assert "concedida por outra pessoa" not in words(bruno.get("/procuracoes/concedidas/"))
    assert "respondia pela empresa na época" not in words(bruno.get(way(power)))
