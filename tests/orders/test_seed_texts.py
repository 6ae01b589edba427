"""Every screen, field and message of the printed manual is on our pages, in its own words."""

import re
from datetime import date, datetime
from zoneinfo import ZoneInfo

import pytest
from django.test import Client
from django.urls import reverse

from orders.models import CustomerType, Order
from tests.factories import make_user
from tests.factories.orders import make_order, make_product
from tests.orders.test_client_registration import CONFIRM, DETAILS, PAGE, begin
from tests.portal.entrance import code
from tests.tickets.clients import words

pytestmark = pytest.mark.django_db
S = Order.Status
ZONE = ZoneInfo("America/Sao_Paulo")
RENEWAL = "E-CPF A3 VALIDADE 3 ANOS RENOVACAO"


def missing(page: str, *texts: str) -> list[str]:
    return [text for text in texts if text not in page]


def marked(response: object, label: str) -> bool:
    """Whether the label is marked as required, as the manual's asterisk does."""
    page = response.content.decode()  # type: ignore[attr-defined]
    return bool(re.search(rf'<(label|legend)[^>]*is-required"[^>]*>\s*{re.escape(label)}', page))


def test_the_first_page():
    assert not missing(
        words(Client().get("/servicos-online/")), "Serviços Online",
        "Bem-vindo à página de Serviços Online da Certificação Digital. Através deste sistema você "
        "tem acesso aos seguintes serviços que estarão disponíveis após realizar a solicitação de "
        "aquisição do certificado digital:",
        "Agendamento para validação presencial na AR;",
        "Boleto: Emissão e reemissão 2º via do boleto bancário;", "Consulta pedidos realizados;",
        "Consulta de dados da Nota Fiscal;", "Consulta status de pagamento do boleto;",
        "Reagendamento ou cancelamento do agendamento;",
        "Em caso de dúvidas, acesse o manual de instruções aqui", "Acessar Serviços",
        "Cadastrar Acesso",
    )  # fmt: skip
    assert "/ajuda/servicos-online/" in Client().get("/servicos-online/").content.decode()
    manual = words(Client().get("/ajuda/servicos-online/"))
    assert "é um sistema que possibilita ao cliente o acesso aos pedidos" in manual


def test_registering_access():
    page = Client().get(PAGE)
    assert not missing(
        words(page), "Informe seu CPF e EMAIL e clique em avançar", "CPF (Apenas Números)", "Email",
        "Digite o código de segurança abaixo:", "*Clique na imagem para atualizar!",
        "Campos obrigatórios", "Cancelar", "Avançar",
    )  # fmt: skip
    assert marked(page, "CPF (Apenas Números)")
    assert marked(page, "Email")
    browser = begin("52998224725", "nina@exemplo.com.br")
    form = browser.get(CONFIRM)
    assert not missing(
        words(form), "Dados Pessoais:", "Nome", "CPF", "Telefone", "Endereço:", "Tipo de Logradouro",
        "Logradouro", "Nº", "Sem número", "CEP", "Complemento", "Bairro", "Estado", "Município",
        "País", "Senha:", "Crie a sua senha para concluir o cadastro e acessar o serviço.", "Senha",
        "Confirmar Senha", "Campos obrigatórios", "Salvar Dados",
    )  # fmt: skip
    for label in (
        "Nome", "Telefone", "Tipo de Logradouro", "Logradouro", "Nº", "CEP", "Bairro", "Estado",
        "Município", "País", "Senha", "Confirmar Senha",
    ):  # fmt: skip
        assert marked(form, label), label
    assert not marked(form, "Complemento")
    # The manual's three rules, in our words: up to 128 characters instead of 16.
    assert not missing(
        words(form)[words(form).index("Crie a sua senha") :],
        "A senha deve ter: de 8 a 128 caracteres um número uma letra maiúscula "
        "uma letra minúscula nada do seu nome ou sobrenome, nem o CPF ou o e-mail",
    )
    assert "OK" in words(browser.post(CONFIRM, DETAILS, follow=True))
    done = browser.post(CONFIRM, {"ok": "1"}, follow=True)
    assert not missing(
        words(done),
        "Mensagem do sistema",
        'Registro inserido com sucesso! Clique em "Ok" para continuar.',
        "Ok",
    )


def test_signing_in():
    answer = Client().get("/servicos-online/entrar/")
    assert marked(answer, "CPF (Apenas Números)")
    assert marked(answer, "Senha")
    page = words(answer).replace("&gt;", ">")
    assert not missing(
        page, "Informe seu CPF e SENHA e clique em avançar", "CPF (Apenas Números)", "Senha",
        "Digite o código de segurança abaixo:", "*Clique na imagem para atualizar!",
        ">>Esqueci a senha", ">>Quero me cadastrar", "Campos obrigatórios", "Avançar",
    )  # fmt: skip


def test_the_list_and_the_services(client_of):
    rita = make_user("Rita Reis")
    renewal = make_product("Renovação", is_renewal=True)
    rows = [
        (2758387, datetime(2012, 1, 12, 8, 31, tzinfo=ZONE), None, None, S.AWAITING_VALIDATION,
         CustomerType.PERSON, "CPF A1 validade 1 ano /"),
        (2732509, datetime(2012, 1, 4, 14, 12, tzinfo=ZONE), date(2012, 1, 3), date(2013, 1, 2), S.DELIVERED,
         CustomerType.PUBLIC, "E-CPF A1 validade 1 ano /"),
        (2725470, datetime(2012, 1, 3, 11, 32, tzinfo=ZONE), None, None, S.AWAITING_VALIDATION,
         CustomerType.PUBLIC, RENEWAL),
        (2720983, datetime(2012, 1, 2, 11, 29, tzinfo=ZONE), date(2012, 1, 1), date(2014, 12, 31), S.DELIVERED,
         "", "E-CPF A3 VALIDADE 3 ANOS TOKEN /"),
    ]  # fmt: skip
    for number, at, issued_on, valid_until, status, customer_type, name in rows:
        make_order(
            number=number, at=at, issued_on=issued_on, valid_until=valid_until,
            status=status, customer_type=customer_type, product_name=name, product=renewal, holder=rita,
        )  # fmt: skip
    browser = client_of(rita)
    assert not missing(
        words(browser.get("/pedidos/")),
        "2758387 12/01/2012 08:31 Aguardando Validacao Pessoa Física CPF A1 validade 1 ano /",
        "2732509 04/01/2012 14:12 03/01/2012 02/01/2013 Entregue Órgão Público E-CPF A1 validade 1 ano /",
        f"2725470 03/01/2012 11:32 Aguardando Validacao Órgão Público {RENEWAL}",
        "2720983 02/01/2012 11:29 01/01/2012 31/12/2014 Entregue E-CPF A3 VALIDADE 3 ANOS TOKEN /",
        "Avançar",
    )  # fmt: skip
    names = ["AGENDAMENTO", "BOLETOS", "CONSULTAR NOTAS FISCAIS", "EMITIR CERTIFICADO (RENOVAÇÃO)"]
    page = words(browser.get("/pedidos/", {"pedido": "2725470", "avancar": "1"}, follow=True))
    assert not missing(
        page, "SERVIÇOS", "As informações são disponibilizadas conforme o tipo e status do pedido.",
        "Dependendo do tipo e do status do pedido, alguns serviços não serão disponibilizados.",
        *names,
    )  # fmt: skip
    open_order = make_order(holder=rita, status=S.INCOMPLETE)
    page = words(browser.get(f"/pedidos/{open_order.number}/"))
    assert not missing(page, "ALTERAR RESPONSÁVEL PELO PAGAMENTO", "CONCLUIR PEDIDO")


def test_recovering_the_password():
    assert (
        'href="/servicos-online/senha/"'
        in Client().get("/servicos-online/entrar/").content.decode()
    )
    page = Client().get("/servicos-online/senha/")
    assert not missing(
        words(page), "Digite seu CPF e Email e clique em enviar", "CPF (Apenas Números)", "Email",
        "Digite o código de segurança abaixo:", "*Clique na imagem para atualizar!",
        "Campos obrigatórios", "Enviar",
    )  # fmt: skip
    assert marked(page, "CPF (Apenas Números)")
    assert marked(page, "Email")
    rita = make_user("Rita Reis")
    action = re.search(r'<form method="post" action="([^"]+)"', page.content.decode())
    assert action
    sent = Client().post(action[1], {"cpf": rita.cpf, "email": rita.email, **code()})
    assert sent["Location"] == reverse("account_reset_password_done")
