"""Every screen, field and message of the printed manual is on our pages, in its own words."""

import re
from collections.abc import Callable

import pytest
from django.test import Client
from django.urls import reverse

from tests.factories import Cast, make_user
from tests.factories.tickets import make_department, make_ticket, make_topic
from tests.portal.entrance import NEW_PASSWORD, code, mail_text, mails
from tests.tickets.clients import words
from tickets.models import Ticket, TopicField

pytestmark = pytest.mark.django_db
ELIANE = "eliane@exemplo.com.br"
WELCOME = (
    "Com o objetivo de centralizarmos todos nossos pedidos de atendimento e melhor servir, utilizamos "
    "um sistema de O.S. Cada O.S. recebe um número único, que pode ser utilizado para acompanhar o "
    "progresso e suas respostas. Para seu acompanhamento, provemos o histórico de todas as O.S. do "
    "nosso sistema suporte. Para abrir uma O.S., é necessário um endereço de e-mail válido."
)
SAID = (
    "Solicito lançamento do IPVA referente ao veículo informado. Segue anexo cópia da nota fiscal."
)


def shown(client: Client, path: str, **query: str) -> str:
    return words(client.get(path, query, follow=True))


def missing(page: str, *texts: str) -> list[str]:
    return [text for text in texts if text not in page]


@pytest.fixture
def manual(cast: Cast) -> Ticket:
    """The manual's order: IPVA - 1° Emplacamento, by Eliane, who has an account."""
    topic = make_topic(make_department("Atendimento"), name="IPVA - 1° Emplacamento")
    TopicField.objects.create(topic=topic, name="renavam", label="RENAVAM", kind="renavam")
    TopicField.objects.create(topic=topic, name="placa", label="PLACA", kind="plate")
    eliane = make_user(name="Eliane Exemplo", email=ELIANE)
    return make_ticket(
        topic=topic, user=eliane, email=ELIANE, text=SAID,
        values={"renavam": "00639884962", "placa": "NBB-0000"},
    )  # fmt: skip


def test_1_and_4_the_first_page(manual: Ticket):
    page = shown(Client(), "/os/")
    assert not missing(
        page, "Sistema de Ordem de Serviço", "Usuário Não Registrado | Entrar", "Página Principal",
        "Bem Vindo ao Sistema de Suporte", WELCOME, "Verificar Status da O.S.",
        "Por favor, forneça seu endereço de e-mail e o número da O.S. Um link de acesso será enviado "
        "ao seu e-mail.", "Endereço de e-mail", "Número da O.S.", "Possui uma conta conosco?",
        "Entrar ou cadastre-se para abrir uma conta e acessar todas as suas O.S.",
    )  # fmt: skip


def test_2_registering_an_order_by_phone_and_mail(manual: Ticket):
    desk = manual.department.desk
    desk.phone, desk.email = "(69) 3211-6100", "atendimento@exemplo.com.br"
    desk.save()
    page = shown(Client(), reverse("site:contact"))
    assert not missing(page, "Atendimento", "(69) 3211-6100", "atendimento@exemplo.com.br")


def test_3_the_front_page_leads_there(manual: Ticket):
    assert 'href="/os/"' in Client().get("/").content.decode()


def test_5_an_account(db: None):
    client = Client()
    page = shown(client, "/cadastro/ordem-de-servico/")
    assert not missing(
        page, "Registro de conta",
        "Use os formulários abaixo para criar ou atualizar as informações de sua conta",
        "Informações de contato", "Endereço de e-mail", "Nome completo", "Número de telefone", "Ramal",
        "Senha de acesso", "Crie uma senha", "Confirme a Nova Senha",
    )  # fmt: skip
    client.post("/cadastro/ordem-de-servico/", {
        "email": ELIANE, "name": "Eliane Exemplo", "phone": "(69) 3211-0000", "phone_extension": "",
        "password1": NEW_PASSWORD, "password2": NEW_PASSWORD, **code(),
    })  # fmt: skip
    link = re.search(r"/cadastro/ordem-de-servico/\S+", mail_text(mails(ELIANE)[-1]))
    assert link
    client.get(link[0], follow=True)
    done = client.post(
        "/cadastro/ordem-de-servico/confirmar/", {"password": NEW_PASSWORD}, follow=True
    )
    assert not missing(
        words(done), "Minha conta: Eliane", "Meu perfil", "Sair", "O.S. (0)", "Conta Confirmada!",
        "Obrigado por se registrar.",
        "Você já confirmou o seu endereço de e-mail e sua conta foi ativada com êxito. Você pode abrir "
        "uma nova O.S. ou gerenciar as O.S. existentes.", "Sistema de Suporte",
    )  # fmt: skip


def test_5_the_list(manual: Ticket, client_of: Callable[..., Client]):
    eliane = client_of(manual.participants.get().user)
    page = shown(eliane, "/os/minhas/")
    assert not missing(
        page, "Página Principal", "O.S. (1)", "— Qualquer Status —", "Atualizar", "Aberta (1)",
        "Mostrando 1 - 1 de 1 O.S.", "Todas as O.S.", "Número da O.S.", "Data de Criação", "Status",
        "Assunto", "Departamento", manual.number, "IPVA - 1° Emplacamento", "Atendimento",
    )  # fmt: skip
    assert "Sua consulta não retornou nenhum registro" in shown(eliane, "/os/minhas/", q="nada")


def test_5_the_mirror_of_the_order(manual: Ticket, client_of: Callable[..., Client]):
    page = shown(client_of(manual.participants.get().user), manual.get_absolute_url())
    assert not missing(
        page, f"O.S. #{manual.number}", "Status da O.S. Aberta", "Departamento Atendimento",
        "Data de Criação", "Localidade Usuário Externo", "Nome Eliane Exemplo", f"E-mail {ELIANE}",
        "Telefone (69) 3321-0000", "RENAVAM 00639884962", "PLACA NBB-0000", "IPVA - 1° Emplacamento",
        SAID, "Postar uma resposta",
        "Para ajudá-lo melhor, solicitamos que seja específico e detalhado",
    )  # fmt: skip


def test_the_disclaimer_is_in_the_manual(db: None):
    assert (
        "IMPORTANTE: As informações contidas nesse manual têm caráter meramente informativo, não "
        "dispensando o cumprimento das disposições pertinentes da legislação tributária"
    ) in shown(Client(), "/ajuda/ordem-de-servico/")
