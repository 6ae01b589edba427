"""The demonstration: made through the product's own ways, once, and never in a real portal."""

import io
from datetime import timedelta
from pathlib import Path

import pytest
from django.conf import LazySettings
from django.contrib.auth import authenticate
from django.core.files.storage import default_storage
from django.core.management import CommandError, call_command
from django.utils import timezone

from certificates import demo as certificates
from certificates.signatures.verification import verify_detached, verify_pdf
from invoices import demo
from invoices.models import Batch, Document, DocumentEvent, PurgeRun, Tombstone
from invoices.services import folder_publishing
from portal.accounts.models import AccessRequest, Company, Unit, User
from portal.accounts.services.certificate_only import refused_companies
from portal.audit.services import chains, verify_chain
from portal.files.models import DoomedFile, PendingFile
from portal.files.services import open_file
from portal.provider.models import ContactDesk, Provider
from portal.taxid import is_cnpj, is_cpf, with_check_digits
from tests.factories import a_cnpj

pytestmark = [pytest.mark.both, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def demonstration(settings: LazySettings, tmp_path) -> LazySettings:
    settings.DEMO = True
    settings.VAR_DIR = tmp_path
    return settings


def run(*arguments: str) -> str:
    out = io.StringIO()
    call_command("demo", *arguments, stdout=out)
    return out.getvalue()


def stored(key: str) -> bytes:
    with open_file(key) as file:
        return file.read()


def test_what_is_recent_can_be_opened_and_what_is_old_has_gone(demonstration: LazySettings):
    told: list[str] = []
    demo.load(at=timezone.now(), tell=told.append, ages=(8, 1))

    assert Batch.objects.filter(status="published").count() == 2
    assert len(told) == 4
    recent = Document.objects.filter(legal_hold=False)
    assert recent.count() >= 12
    assert all(d.published_at > timezone.now() - timedelta(days=62) for d in recent)
    assert Tombstone.objects.count() >= 11
    assert PurgeRun.objects.get().removed == Tombstone.objects.count()
    held = Document.objects.get(legal_hold=True)
    assert held.expires_at < timezone.now()
    assert default_storage.exists(held.file_key)
    assert not PendingFile.objects.exists()
    assert not DoomedFile.objects.exists()
    assert all(verify_chain(chain).broken_at is None for chain in chains())


def test_every_document_is_signed_and_of_all_types(demonstration: LazySettings):
    demo.load(at=timezone.now(), tell=lambda _text: None, ages=(1,))
    for document in Document.objects.all():
        content = stored(document.file_key)
        if document.signature == Document.Signature.PADES:
            [report] = verify_pdf(content)
        else:
            [report] = verify_detached(content, stored(document.signature_key))
        assert report.intact, document
    endings = {d.file_name.rpartition(".")[2] for d in Document.objects.all()}
    assert endings == {"pdf", "xlsx", "csv"}
    assert DocumentEvent.objects.filter(kind="opened").exists()


def test_people_can_log_in_and_the_rest_is_there(demonstration: LazySettings):
    demo.load(at=timezone.now(), tell=lambda _text: None, ages=())
    assert (Company.objects.count(), Unit.objects.count()) == (4, 6)
    assert Unit.objects.filter(timezone="America/Manaus").count() == 2
    assert all(is_cnpj(c.tax_id) for c in Company.objects.all())
    assert ContactDesk.objects.get(topic="amount").name == "Gerência de Controladoria e Finanças"
    assert AccessRequest.objects.filter(status="pending").count() == 1
    for person in demo.CAST:
        assert is_cpf(person.cpf)
        user = User.objects.get(cpf=person.cpf)
        assert user.check_password(demo.PASSWORD)
        assert authenticate(None, username=person.email, password=demo.PASSWORD) in (user, None)
        assert [g.name for g in user.groups.all()] == ([person.group] if person.group else [])


def test_one_company_opens_only_for_its_certificate(demonstration: LazySettings):
    demo.load(at=timezone.now(), tell=lambda _text: None, ages=())
    diego, ana = User.objects.get(email=f"diego@{demo.DOMAIN}"), User.objects.get(name="Ana Souza")
    [closed] = refused_companies(diego, at=timezone.now())
    [card] = [c for c in certificates.CAST if c.cnpj == closed.tax_id]
    assert card.cpf == diego.cpf
    assert refused_companies(ana, at=timezone.now()) == []
    assert "somente com certificado" in run("--logins")


def test_it_goes_on_where_it_was_stopped(
    demonstration: LazySettings, monkeypatch: pytest.MonkeyPatch
):
    def dies(*_args: object, **_kwargs: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(folder_publishing, "publish_here", dies)
        with pytest.raises(KeyboardInterrupt):
            demo.load(at=timezone.now(), tell=lambda _text: None, ages=(1,))
    assert not demo.is_loaded()
    demo.load(at=timezone.now(), tell=lambda _text: None, ages=(1,))
    assert demo.is_loaded()
    assert Batch.objects.get().status == "published"
    assert not list((demonstration.VAR_DIR / "demo").glob("*"))


def test_the_second_call_does_nothing_and_logins_are_printed(demonstration: LazySettings):
    with pytest.raises(CommandError, match="ainda não foi carregada"):
        run("--logins")
    demo.load(at=timezone.now(), tell=lambda _text: None, ages=())
    people = User.objects.count()
    assert run() == ""
    assert User.objects.count() == people
    lines = run("--logins").splitlines()
    for line, person in zip(lines[: len(demo.CAST)], demo.CAST, strict=True):
        assert person.role in line
        assert person.email in line
        assert demo.PASSWORD in line
    files = [line.split()[0] for line in lines if ".pfx" in line]
    assert len(files) == len(certificates.CAST)
    assert all(Path(file).exists() for file in files)


def test_the_certificates_name_people_and_companies_of_the_cast():
    cpfs = {person.cpf for person in demo.CAST}
    cnpjs = {with_check_digits(body) for _kind, _name, body in demo.COMPANIES}
    for certificate in certificates.CAST:
        assert certificate.cpf in cpfs or certificate.slug == "e-cpf-novo"
        assert not certificate.cnpj or certificate.cnpj in cnpjs


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
