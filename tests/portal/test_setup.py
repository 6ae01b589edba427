"""The first step of a real operator."""

import pytest
from django.core.management import CommandError, call_command

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
    with pytest.raises(CommandError, match=r"--admin-name, --provider-cnpj"):
        call_command("setup", **flags(provider_cnpj="123", admin_name=""))
    assert not User.objects.exists()
    assert not Provider.objects.exists()


def test_setup_refuses_a_weak_password(monkeypatch):
    monkeypatch.setenv("SETUP_PASSWORD", "olivia")
    with pytest.raises(CommandError):
        call_command("setup", **flags())
    assert not User.objects.exists()


def test_setup_is_done_once(monkeypatch, cast):
    monkeypatch.setenv("SETUP_PASSWORD", PASSWORD)
    with pytest.raises(CommandError):
        call_command("setup", **flags())
