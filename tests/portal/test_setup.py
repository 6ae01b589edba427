"""The first step of a real operator."""

from io import StringIO

import pytest
from django.core.management import CommandError, call_command

from portal.accounts.management.commands.setup import short_name
from portal.accounts.models import User
from portal.provider.models import Provider
from tests.factories import PASSWORD, a_cnpj, a_cpf

pytestmark = pytest.mark.django_db


def flags(**changes):
    return {
        "provider_name": "Empresa de Serviços S.A.", "provider_cnpj": a_cnpj(),
        "provider_email": "contato@exemplo.com.br", "admin_name": "Olívia Torres",
        "admin_cpf": a_cpf(), "admin_email": "olivia@exemplo.com.br", "no_input": True, **changes,
    }  # fmt: skip


def test_setup_makes_the_provider_and_an_administrator_who_can_log_in(monkeypatch):
    monkeypatch.setenv("SETUP_PASSWORD", PASSWORD)
    call_command("setup", **flags())
    admin = User.objects.get()
    assert admin.is_superuser
    assert admin.check_password(PASSWORD)
    assert not Provider.objects.get().is_demo


def test_setup_names_every_wrong_answer_and_writes_nothing(monkeypatch):
    monkeypatch.setenv("SETUP_PASSWORD", PASSWORD)
    with pytest.raises(CommandError, match=r"--provider-cnpj, --admin-name"):
        call_command("setup", **flags(provider_cnpj="123", admin_name=""))
    assert not User.objects.exists()
    assert not Provider.objects.exists()


def test_setup_refuses_a_weak_password(monkeypatch):
    monkeypatch.setenv("SETUP_PASSWORD", "olivia")
    with pytest.raises(CommandError):
        call_command("setup", **flags())
    assert not User.objects.exists()


class Typing:
    """Somebody who answers what the command asks; passwords too."""

    def __init__(self, monkeypatch, *answers):
        self.answers, self.asked = list(answers), []
        monkeypatch.delenv("SETUP_PASSWORD", raising=False)
        monkeypatch.setattr("builtins.input", self.type)
        monkeypatch.setattr("getpass.getpass", self.type)

    def type(self, question):
        self.asked.append(question)
        return self.answers.pop(0)


def test_each_answer_is_checked_when_it_is_given_and_nothing_is_asked_twice_but_that(monkeypatch):
    cnpj, cpf = a_cnpj(), a_cpf()
    typing = Typing(
        monkeypatch, "", "Empresa de Serviços S.A.", "123", cnpj, "contato", "contato@exemplo.com.br",
        "Olívia Torres", "111.111.111-11", cpf, "olivia@", "olivia@exemplo.com.br",
        "olivia", PASSWORD, "outra", PASSWORD, PASSWORD,
    )  # fmt: skip
    err = StringIO()
    call_command("setup", stderr=err, stdout=StringIO())
    assert typing.answers == []
    assert typing.asked.count("CNPJ do prestador: ") == 2
    assert typing.asked.count("Nome do administrador: ") == 1
    assert "não pode ficar vazio" in err.getvalue()
    assert "As duas senhas são diferentes" in err.getvalue()
    admin = User.objects.get()
    assert (admin.cpf, admin.email) == (cpf, "olivia@exemplo.com.br")
    assert admin.check_password(PASSWORD)


@pytest.mark.parametrize(("name", "short"), [
    ("Empresa de Serviços S.A.", "Empresa de Serviços S.A."),
    ("Companhia de Processamento de Dados do Estado de Minas Gerais",
     "Companhia de Processamento de Dados"),
    ("Fundação Universitária para o Desenvolvimento, Ensino e Pesquisa",
     "Fundação Universitária"),
    ("X" * 60, "X" * 40),
])  # fmt: skip
def test_a_short_name_is_never_cut_inside_a_word(name, short):
    assert short_name(name) == short


def test_setup_is_done_once(monkeypatch, cast):
    monkeypatch.setenv("SETUP_PASSWORD", PASSWORD)
    with pytest.raises(CommandError):
        call_command("setup", **flags())
