"""The manuals: what they must say, in which language, and what readers say of them."""

import re
from pathlib import Path

import pytest
from django.apps import apps
from django.core.cache import cache
from django.test import Client
from django.urls import reverse
from django.utils import translation

from portal import desks
from portal.help import services
from portal.help.models import Answer

MANUAL = "fatura-eletronica"
PATH = f"/ajuda/{MANUAL}/"
ANSWER = f"{PATH}resposta/"


def in_markdown() -> list[desks.Desk]:
    return [desk for desk in desks.registered() if desk.help and not desk.help.url_name]


@pytest.fixture
def page(cast, client: Client) -> str:
    return client.get(PATH).content.decode()


@pytest.mark.parametrize(
    "step",
    [
        "1. Atualização de cadastro", "responsável pelo recebimento e pela liberação da fatura",
        "Área Cliente", "Digite o seu login", "Relatórios Faturamento", "vinculadas ao seu login",
        "mm/aaaa", "Selecionar", "2.1. Para fatura", "tipo da fatura", "Abrir", "Salvar", "Imprimir",
        "2.2. Para relatório", "Relatórios em Anexo", "por 6 meses", "3. Alterando a sua senha",
        "Atual", "Nova", "Confirma", "Alteração feita com sucesso", "4. Dúvidas",
        "escolha <strong>Com certificado digital", "a lista dos CNPJs e das inscrições",
    ],
)  # fmt: skip
def test_the_manual_of_invoices_has_every_step_of_the_printed_one(page, step):
    assert step in page


def test_what_it_says_to_click_is_what_the_pages_say(cast, client_of):
    text = (Path(apps.get_app_config("invoices").path) / "help" / "pt-br.md").read_text()
    ana, pages = client_of(cast.ana), ""
    for name in ("invoices:list", "invoices:reports", "account_change_password"):
        pages += ana.get(reverse(name)).content.decode()
    for name in ("account_login", "accounts:request_access", "site:home", "invoices:verify"):
        pages += Client().get(reverse(name)).content.decode()
    for label in (
        "Solicitar acesso", "Enviar solicitação", "Lembrar este dispositivo", "Meu perfil",
        "Altera senha", "Relatórios Faturamento", "Relatórios em Anexo", "Filtros",
        "Selecionar", "Esqueci a senha", "Verificar documento", "Área Cliente", "Alterar",
    ):  # fmt: skip
        assert label in text
        assert label in pages, label


def test_every_manual_is_there_in_both_languages_with_the_same_anchors():
    assert in_markdown()
    for desk in in_markdown():
        folder = Path(apps.get_app_config(desk.name).path) / "help"
        anchors = [
            re.findall(r"^(#+) .*\{#([\w-]+)\}$", (folder / f"{language}.md").read_text(), re.M)
            for language in ("pt-br", "en")
        ]
        assert anchors[0] == anchors[1] != []


@pytest.mark.parametrize("language", ["pt-br", "en"])
def test_every_link_of_a_manual_leads_somewhere(cast, client_of, language):
    ana = client_of(cast.ana)
    with translation.override(language):
        for desk in in_markdown():
            assert desk.help
            shown = services.read(desk.help.slug)
            assert [heading.anchor for heading in shown.text.contents]
            for heading in shown.text.contents:
                assert f'id="{heading.anchor}"' in shown.text.html
            for link in set(re.findall(r'href="(/[^"#]*)', shown.text.html)):
                assert ana.get(link, follow=True).status_code == 200, link


def test_it_is_read_in_the_readers_language_and_says_how_long_it_takes(client, cast, page):
    assert re.search(r"Tempo médio de leitura: [3-7] minutos", page)
    client.cookies["idioma"] = "en"
    english = client.get(PATH).content.decode()
    assert "Changing your password" in english
    assert re.search(r"Average reading time: [3-7] minutes", english)


@pytest.mark.parametrize("path", ["/", "/mapa-do-site/", "/ajuda/", "/verificar/"])
def test_public_pages_lead_to_it(client, cast, path):
    assert f'href="{PATH}' in client.get(path).content.decode()


def test_an_unknown_manual_is_not_there(client, cast):
    assert client.get("/ajuda/nenhum/").status_code == 404
    assert client.post("/ajuda/nenhum/resposta/", {"useful": "yes"}).status_code == 404
    assert not Answer.objects.exists()


def test_anybody_says_whether_it_was_useful(client, cast):
    answer = client.post(ANSWER, {"useful": "no", "comment": "Faltou o boleto."}, follow=True)
    assert "Obrigado pela sua resposta" in answer.content.decode()
    client.post("/ajuda/certificado-digital/resposta/", {"useful": "yes"})
    first, second = Answer.objects.order_by("pk")
    assert (first.manual, first.is_useful, first.comment) == (MANUAL, False, "Faltou o boleto.")
    assert (second.manual, second.is_useful, second.comment) == ("certificado-digital", True, "")


@pytest.mark.parametrize("data", [{}, {"useful": "maybe"}, {"useful": "no", "comment": "x" * 501}])
def test_what_is_no_answer_is_not_kept(client, cast, data):
    page = client.post(ANSWER, data, follow=True).content.decode()
    assert "não foi guardada" in page
    assert not Answer.objects.exists()


def test_answers_are_limited(client, cast):
    cache.clear()
    found = [client.post(ANSWER, {"useful": "yes"}).status_code for _ in range(11)]
    assert found == [302] * 10 + [429]
    assert Answer.objects.count() == 10


def test_staff_see_how_useful_each_manual_is(cast, client_of):
    for useful in (True, True, False):
        Answer.objects.create(manual=MANUAL, day="2026-03-01", is_useful=useful)
    Answer.objects.create(
        manual="antigo", day="2026-03-01", is_useful=False, comment="<b>Velho</b>"
    )
    found = {opinion.manual.slug: opinion for opinion in services.opinions()}
    assert (found[MANUAL].useful, found[MANUAL].answers) == (2, 3)
    assert found["certificado-digital"].answers == 0
    page = client_of(cast.atendente).get(reverse("help:answers")).content.decode()
    assert "&lt;b&gt;Velho" in page
    assert "Um manual que não existe mais" in page
