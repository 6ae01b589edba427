"""The page on the digital certificate: what it must answer, and to whom it sends people."""

import pytest
from django.test import Client

from portal.provider.models import ContactDesk, Provider
from portal.provider.services import forget_provider

PATH = "/certificado-digital/"


@pytest.fixture
def page(cast):
    return Client().get(PATH).content.decode()


@pytest.mark.parametrize(
    "answer",
    [
        "Não é preciso fazer nenhum cadastro",
        "instalado ou conectado no computador",
        "escolha “Com certificado digital”",
        "aparece a lista dos CNPJs e das inscrições vinculadas a ele: escolha a inscrição desejada e pronto",
        "apenas as empresas emissoras de NF-e",
        "apenas o certificado digital abre as páginas delas",
        "pode ser o mesmo usado na NF-e ou para acessar os serviços da Receita Federal",
        "pode comprar um só para este portal",
        "procuração eletrônica",
        "Quem recebe a procuração precisa ter um e-CPF",
        "escolha “Conceder procuração” logo depois da escolha da inscrição",
        "ela é concedida em uma sessão aberta com o e-CNPJ da empresa",
        "Conceda uma procuração eletrônica ao contador",
        "A instalação e a configuração variam de um fornecedor para outro",
        "autoridade certificadora que emitiu ou vendeu o certificado",
        "as funções e os serviços deste portal",
        "não está habilitado a resolver problemas técnicos de instalação, configuração e validade",
        "comentários e sugestões",
    ],
)
def test_it_says_what_taxpayers_were_told(page, answer):
    assert answer in page


def test_it_has_the_seven_questions_in_order(page):
    questions = [
        "Quem vai precisar", "Será permitido o uso da inscrição", "É necessário comprar",
        "várias pessoas usam o portal", "Como conceder uma procuração", "Será necessário certificado digital",
        "O contador precisa",
    ]  # fmt: skip
    places = [page.index(question) for question in questions]
    assert places == sorted(places)


@pytest.mark.parametrize(
    "word", ["Windows", "macOS", "Linux", "Chrome", "Edge", "Firefox", "A1", "A3"]
)
def test_it_explains_each_system_browser_and_kind(page, word):
    assert word in page


def test_every_entry_of_its_contents_leads_somewhere(page):
    anchors = [part.split('"')[0] for part in page.split('href="#')[1:]]
    assert len(anchors) >= 7
    for anchor in anchors:
        assert f'id="{anchor}"' in page


def test_it_promises_no_service_that_is_not_there(page):
    assert "em breve" not in page.lower()


def test_questions_five_and_seven_lead_to_where_a_power_of_attorney_is_granted(page):
    fifth, seventh = (
        page.split("<h3>")[i] for i in (_at(page, "Como conceder"), _at(page, "O contador"))
    )
    for answer in (fifth, seventh):
        assert 'href="/procuracoes/conceder/"' in answer


def _at(page: str, question: str) -> int:
    return next(i for i, part in enumerate(page.split("<h3>")) if part.startswith(question))


def test_it_leads_to_the_entrance_and_the_self_test(page, settings, cast, client_of):
    assert 'href="/certificado-digital/testar/"' in page
    assert 'href="/entrar/certificado/"' not in page  # there is none
    settings.CERTIFICATE_ENTRANCE_URL = "https://certificado.exemplo.com.br"
    assert 'href="/entrar/certificado/"' in Client().get(PATH).content.decode()
    assert 'href="/entrar/certificado/"' not in client_of(cast.ana).get(PATH).content.decode()


def test_contacts_are_those_of_the_access_desk_or_the_provider_s(page, cast):
    assert cast.provider.email in page
    ContactDesk.objects.create(
        topic="access", name="Tecnologia", email="ti@exemplo.com.br", phone="(31) 3247-5816"
    )
    page = Client().get(PATH).content.decode()
    assert "ti@exemplo.com.br" in page
    assert "(31) 3247-5816" in page


def test_the_provider_adds_words_of_its_own(cast):
    Provider.objects.update(certificate_help="## A partir de março\n\nSó com **certificado**.")
    forget_provider()
    page = Client().get(PATH).content.decode()
    assert "<h3>A partir de março</h3>" in page
    assert "Só com <strong>certificado</strong>." in page


def test_it_costs_one_query(cast, client, django_assert_num_queries):
    client.get(PATH)
    with django_assert_num_queries(1):
        client.get(PATH)


@pytest.mark.parametrize("path", ["/", "/mapa-do-site/", "/fale-conosco/"])
def test_other_public_pages_lead_to_it(client, cast, path):
    assert f'href="{PATH}"' in client.get(path).content.decode()


def test_it_is_there_in_english_too(client, cast):
    client.cookies["idioma"] = "en"
    assert "No registration is needed" in client.get(PATH).content.decode()
