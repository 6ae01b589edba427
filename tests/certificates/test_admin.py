"""The administration of signing certificates: written, never read back; each choice confirmed."""

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse
from django.utils import timezone

from certificates.icp import pfx as pfx_module
from certificates.models import SigningCertificate
from certificates.services import current_signer
from portal import sandbox
from tests.certificates.authority import PASSWORD, certificate, company_names, pfx
from tests.portal.second_factor import confirm_identity

pytestmark = pytest.mark.django_db
ADD = "admin:certificates_signingcertificate_add"


@pytest.fixture
def admin(cast, client_of):
    browser = client_of(cast.admin)
    confirm_identity(browser)
    return browser


def upload(client, password=PASSWORD, data=None, **options):
    data = pfx(leaf=certificate(names=company_names(), **options)) if data is None else data
    sent = {"label": "A1 2026", "password": password, "pfx": SimpleUploadedFile("a.pfx", data)}
    return client.post(reverse(ADD), sent)


def test_an_upload_is_installed_and_leads_to_the_question_of_using_it(admin, cast):
    response = upload(admin)
    row = SigningCertificate.objects.get()
    assert response.url == reverse("certificates:activate", args=[row.pk])
    assert not row.is_active
    assert row.created_by == cast.admin
    page = admin.get(response.url).content.decode()
    assert "Assinar com este certificado?" in page
    admin.post(response.url)
    row.refresh_from_db()
    assert row.is_active


def test_the_file_is_opened_once_to_look_at_it_and_once_to_sign(admin, monkeypatch):
    opened: list[bytes] = []
    real = pfx_module.unlock

    def counting(data: bytes, password: str) -> pfx_module.Unlocked:
        opened.append(data)
        return real(data, password)

    monkeypatch.setattr(pfx_module, "unlock", counting)
    monkeypatch.setattr(sandbox, "run", lambda work, *given, limits: work(*given))
    admin.post(upload(admin).url)
    assert len(opened) == 1
    for _time in range(3):
        current_signer(timezone.now())
    assert len(opened) == 2


@pytest.mark.parametrize(
    ("options", "text"),
    [
        ({"password": "outra"}, "A senha não abre este arquivo."),
        ({"end": -1}, "Este certificado venceu em"),
        ({"start": 1}, "Este certificado só vale a partir de"),
        ({"data": b"nada"}, "Este não é um arquivo de certificado"),
        ({"data": b""}, "Este não é um arquivo de certificado"),
        ({"data": b"0" * 300_000}, "grande demais"),
    ],
)
def test_what_is_wrong_with_the_file_is_said_and_nothing_is_kept(admin, options, text):
    assert text in upload(admin, **options).content.decode()
    assert not SigningCertificate.objects.exists()


def test_the_password_never_comes_back(admin):
    page = upload(admin, password="segredissimo").content.decode()
    assert "segredissimo" not in page


def test_a_certificate_about_to_expire_is_accepted_with_a_warning(admin):
    page = admin.get(upload(admin, end=20).url).content.decode()
    assert "vence em menos de 30 dias" in page


def test_nothing_secret_is_shown_or_changed_afterwards(admin):
    upload(admin)
    row = SigningCertificate.objects.get()
    url = reverse("admin:certificates_signingcertificate_change", args=[row.pk])
    page = admin.get(url).content.decode()
    assert row.holder in page
    assert "sealed" not in page
    assert 'type="file"' not in page
    before = bytes(row.sealed)
    admin.post(url, {"label": "outro"})
    row.refresh_from_db()
    assert (row.label, bytes(row.sealed)) == ("A1 2026", before)


def test_the_list_says_which_one_signs(admin):
    upload(admin)
    page = admin.get(reverse("admin:certificates_signingcertificate_changelist")).content.decode()
    assert "SERVICOS DO ESTADO SA" in page
    assert "Válido" in page


def test_the_one_in_use_cannot_be_deleted(admin):
    admin.post(upload(admin).url)
    row = SigningCertificate.objects.get()
    url = reverse("admin:certificates_signingcertificate_delete", args=[row.pk])
    assert admin.post(url, {"post": "yes"}).status_code == 403
    admin.post(reverse("certificates:deactivate", args=[row.pk]))
    assert admin.post(url, {"post": "yes"}).status_code == 302
    assert not SigningCertificate.objects.exists()


@pytest.mark.parametrize("name", ["activate", "deactivate"])
@pytest.mark.parametrize("who", ["ana", "faturista", "atendente"])
def test_only_administrators_choose(cast, client_of, who, name, admin):
    upload(admin)
    row = SigningCertificate.objects.get()
    client = client_of(getattr(cast, who))
    for method in (client.get, client.post):
        assert method(reverse(f"certificates:{name}", args=[row.pk])).status_code == 403
    row.refresh_from_db()
    assert not row.is_active


def test_looking_at_the_question_changes_nothing(admin):
    url = upload(admin).url
    admin.get(url)
    assert not SigningCertificate.objects.get().is_active
