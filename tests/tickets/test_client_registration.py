"""Registration at the service-order desk, with the manual's words."""

import re

import pytest
from django.test import Client

from portal.accounts.models import User
from tests.factories.tickets import make_ticket
from tests.portal.entrance import code, mail_text, mails
from tests.tickets.clients import words

pytestmark = pytest.mark.django_db
PAGE = "/cadastro/ordem-de-servico/"
EMAIL = "nina@exemplo.com.br"
PASSWORD = "Caminho7Novo"


def test_who_registers_reads_the_manuals_words_and_finds_the_orders_of_that_address():
    ticket = make_ticket(email=EMAIL, name="Nina Nova")
    browser = Client()
    page = words(browser.get(PAGE))
    for text in (
        "Registro de conta",
        "Use os formulários abaixo para criar ou atualizar as informações de sua conta",
        "Informações de contato", "Endereço de e-mail", "Nome completo", "Número de telefone",
        "Ramal", "Senha de acesso", "Crie uma senha", "Confirme a Nova Senha",
    ):  # fmt: skip
        assert text in page
    form = {
        "email": EMAIL, "name": "Nina Nova", "phone": "(69) 3211-0000", "phone_extension": "12",
        "password1": PASSWORD, "password2": PASSWORD, **code(),
    }  # fmt: skip
    browser.post(PAGE, form)
    link = re.search(rf"({PAGE}\S+)", mail_text(mails(EMAIL)[-1]))
    assert link
    browser.get(link[1], follow=True)
    done = words(browser.post(f"{PAGE}confirmar/", {"password": PASSWORD}, follow=True))
    for text in (
        "Conta Confirmada!", "Obrigado por se registrar.",
        "Você já confirmou o seu endereço de e-mail e sua conta foi ativada com êxito. "
        "Você pode abrir uma nova O.S. ou gerenciar as O.S. existentes.",
        "O.S. (1)",
    ):  # fmt: skip
        assert text in done
    user = User.objects.get(email=EMAIL)
    assert (user.phone, user.phone_extension) == ("(69) 3211-0000", "12")
    assert ticket.number in words(browser.get("/os/minhas/"))
