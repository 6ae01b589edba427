"""The demonstration: its people and companies are made once, and never in a real portal."""

import io
from pathlib import Path

import pytest
from django.conf import LazySettings
from django.contrib.auth import authenticate
from django.core.management import CommandError, call_command
from django.utils import timezone

from certificates import demo as certificates
from certificates.models import KnownCertificate
from portal import desks
from portal.accounts.models import AccessRequest, Company, Grant, Unit, User
from portal.accounts.services.certificate_only import refused_companies
from portal.demo import services as demo
from portal.demo.cast import CAST, DOMAIN, GRANTS, PASSWORD
from portal.news.models import Notice
from portal.provider.models import ContactDesk, Provider
from portal.taxid import is_cnpj, is_cpf
from tests.factories import a_cnpj

pytestmark = [pytest.mark.both, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def demonstration(settings: LazySettings, tmp_path) -> LazySettings:
    settings.DEMO = True
    settings.VAR_DIR = tmp_path
    return settings


def load() -> None:
    demo.load(at=timezone.now(), tell=lambda _text: None, ages=())


def run(*arguments: str) -> str:
    out = io.StringIO()
    call_command("demo", *arguments, stdout=out)
    return out.getvalue()


def test_people_can_log_in_and_the_rest_is_there(demonstration: LazySettings):
    load()
    assert (Company.objects.count(), Unit.objects.count()) == (4, 6)
    assert Unit.objects.filter(timezone="America/Manaus").count() == 2
    assert all(is_cnpj(c.tax_id) for c in Company.objects.all())
    assert {level for _login, _place, level in GRANTS} == set(Grant.Level.values)
    assert ContactDesk.objects.get(topic="amount").name == "Gerência de Controladoria e Finanças"
    assert AccessRequest.objects.filter(status="pending").count() == 1
    assert Notice.objects.exists()
    for person in CAST:
        assert is_cpf(person.cpf)
        user = User.objects.get(cpf=person.cpf)
        assert user.check_password(PASSWORD)
        assert authenticate(None, username=person.email, password=PASSWORD) in (user, None)
        assert [g.name for g in user.groups.all()] == ([person.group] if person.group else [])


def test_one_company_opens_only_for_its_certificate(demonstration: LazySettings):
    load()
    diego, ana = User.objects.get(email=f"diego@{DOMAIN}"), User.objects.get(name="Ana Souza")
    [closed] = refused_companies(diego, at=timezone.now())
    [card] = [c for c in certificates.CAST if c.cnpj == closed.tax_id]
    assert card.cpf == diego.cpf
    assert refused_companies(ana, at=timezone.now()) == []
    assert "somente com certificado" in run("--logins")


def test_one_person_typed_the_cpf_only_and_has_a_certificate_that_meets_it(
    demonstration: LazySettings,
):
    load()
    [typed] = User.objects.filter(cpf_proof="")
    [card] = [c for c in certificates.CAST if c.cpf == typed.cpf and not c.cnpj]
    assert not KnownCertificate.objects.filter(tax_id=typed.cpf).exists()
    assert "CPF apenas informado" in run("--logins")
    assert str(card.path) in run("--logins")


def test_the_second_call_does_nothing_and_logins_are_printed(demonstration: LazySettings):
    with pytest.raises(CommandError, match="ainda não foi carregada"):
        run("--logins")
    load()
    people = User.objects.count()
    assert run() == ""
    assert User.objects.count() == people
    lines = run("--logins").splitlines()
    for line, person in zip(lines[: len(CAST)], CAST, strict=True):
        assert person.role in line
        assert person.email in line
        assert PASSWORD in line
    files = [line.split()[0] for line in lines if ".pfx" in line]
    assert len(files) == len(certificates.CAST)
    assert all(Path(file).exists() for file in files)


def test_what_a_desk_needs_is_made_before_it_and_finished_after_it():
    order = [desk.name for desk in desks.installed() if desk.demo]
    assert order.index("reminders") < order.index("certificates") < order.index("invoices")


def test_it_stays_out_of_a_real_portal(demonstration: LazySettings):
    Provider(name="Real", short_name="Real", cnpj=a_cnpj(), email="a@exemplo.com.br").save()
    with pytest.raises(CommandError, match="prestador"):
        run()
    assert not User.objects.exists()


def test_it_needs_the_setting(settings: LazySettings):
    settings.DEMO = False
    with pytest.raises(CommandError, match="DEMO"):
        run()
    with pytest.raises(CommandError, match="DEMO"):
        run("--logins")
