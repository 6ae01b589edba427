"""Installing the operator's certificate, choosing it, and who signs when there is none."""

import pytest
from django.core.exceptions import ValidationError
from django.core.management import CommandError, call_command
from django.utils import timezone

from certificates import demo
from certificates.demo.signer import demo_pfx
from certificates.models import SigningCertificate
from certificates.services import (
    NoSigner,
    activate_certificate,
    current_signer,
    deactivate_certificate,
    install_pfx,
    signers,
)
from portal.audit.models import AuditEvent
from tests.certificates import authority
from tests.certificates.authority import PASSWORD, certificate, pfx

pytestmark = pytest.mark.django_db


def install(label="A1", password=PASSWORD, **options):
    activate = options.pop("activate", True)
    leaf = certificate(names=authority.company_names(), **options)
    return install_pfx(pfx(leaf=leaf), password, label=label, by=None, activate=activate)


def code_of(**options) -> str:
    with pytest.raises(ValidationError) as caught:
        install(**options)
    return str(caught.value.code)


def test_an_installed_certificate_says_who_holds_it_and_until_when():
    row = install()
    assert row.holder == "SERVICOS DO ESTADO SA"
    assert len(row.tax_id) == 14
    assert row.issuer == "AC Teste"
    assert row.is_active
    assert not row.is_demo


@pytest.mark.parametrize(
    ("options", "code"),
    [
        ({"end": -1}, "expired"),
        ({"start": 1}, "not_yet_valid"),
        ({"password": "outra"}, "wrong_password"),
    ],
)
def test_what_cannot_sign_is_refused_and_nothing_is_kept(options, code):
    assert code_of(**options) == code
    assert not SigningCertificate.objects.exists()


def test_neither_key_nor_password_stands_in_the_database_or_the_audit():
    row = install()
    assert PASSWORD.encode() not in bytes(row.sealed)
    assert b'"pfx"' not in bytes(row.sealed)  # a short word is there by chance
    for event in AuditEvent.objects.all():
        assert PASSWORD not in str(event.data)
    assert set(AuditEvent.objects.values_list("action", flat=True)) == {
        "certificates.installed", "certificates.activated",
    }  # fmt: skip


def test_one_certificate_signs_at_a_time():
    first, second = install("um"), install("dois")
    first.refresh_from_db()
    assert (first.is_active, second.is_active) == (False, True)
    activate_certificate(first, by=None)
    second.refresh_from_db()
    assert (first.is_active, second.is_active) == (True, False)
    assert current_signer(timezone.now()).certificate.sha256.hex() == first.sha256


def test_the_same_file_again_replaces_what_is_kept_of_it():
    leaf = certificate()
    first = install_pfx(pfx(leaf=leaf), PASSWORD, label="um", by=None)
    again = install_pfx(pfx(leaf=leaf, password="nova"), "nova", label="dois", by=None)
    assert again.pk == first.pk
    assert again.version == 2
    assert SigningCertificate.objects.get().label == "dois"
    assert current_signer(timezone.now()).holder.name == "SERVICOS DO ESTADO SA"


def test_the_key_is_loaded_once_per_process(django_assert_num_queries):
    install()
    first = current_signer(timezone.now())
    with django_assert_num_queries(1):
        assert current_signer(timezone.now()) is first


def test_a_certificate_outside_its_validity_does_not_sign():
    row = install()
    with pytest.raises(NoSigner, match="só vale"):
        current_signer(row.not_after)


def test_without_a_certificate_nothing_signs_and_the_reason_is_clear():
    with pytest.raises(NoSigner, match="Não há certificado"):
        current_signer(timezone.now())


def test_after_deactivation_nothing_signs():
    deactivate_certificate(install(), by=None)
    with pytest.raises(NoSigner):
        current_signer(timezone.now())


def test_sealed_bytes_of_another_row_do_not_open():
    first, second = install("um"), install("dois")
    SigningCertificate.objects.filter(pk=second.pk).update(sealed=bytes(first.sealed))
    signers._loaded.clear()
    with pytest.raises(NoSigner, match=r"cofre não abre.*o que foi selado mudou"):
        current_signer(timezone.now())


def test_an_expired_certificate_cannot_be_chosen():
    row = install(activate=False)
    row.not_after = timezone.now()
    row.save()
    with pytest.raises(ValidationError):
        activate_certificate(row, by=None)


def test_the_vault_knows_where_the_certificates_are():
    from portal.vault.sealed import kids_in_use

    install()
    assert "certificates.signingcertificate.sealed" in str(kids_in_use())


# Demonstration


def test_the_demonstration_signs_in_the_providers_name(demo, cast):
    signer = current_signer(timezone.now())
    assert signer.is_demo
    assert (signer.name, signer.tax_id) == (cast.provider.name, cast.provider.cnpj)


def test_a_real_certificate_comes_before_the_demonstrations(demo):
    install()
    assert not current_signer(timezone.now()).is_demo


def test_a_demonstration_certificate_is_refused_outside_the_demonstration(settings):
    settings.DEMO = True
    data, password = demo_pfx()
    row = install_pfx(data, password, label="demo", by=None)
    assert row.is_demo
    settings.DEMO = False
    with pytest.raises(NoSigner):
        current_signer(timezone.now())
    with pytest.raises(ValidationError) as caught:
        install_pfx(data, password, label="demo", by=None)
    assert caught.value.code == "demonstration"
    with pytest.raises(ValidationError):
        activate_certificate(row, by=None)


def test_the_command_makes_the_authority_once_and_installs_its_certificate(settings, tmp_path):
    settings.DEMO, settings.VAR_DIR = True, tmp_path
    call_command("demo_ca", verbosity=0)
    root = demo.root_pem()
    call_command("demo_ca", verbosity=0)
    assert demo.root_pem() == root
    assert SigningCertificate.objects.get().is_active
    modes = {p.stat().st_mode & 0o077 for p in (tmp_path / "demo-ca").glob("*.p*")}
    assert modes == {0}, "the keys are the owner's alone"


def test_the_command_leaves_a_real_certificate_in_use(settings):
    real = install()
    settings.DEMO = True
    call_command("demo_ca", verbosity=0)
    real.refresh_from_db()
    assert real.is_active


def test_the_command_refuses_outside_the_demonstration():
    with pytest.raises(CommandError):
        call_command("demo_ca")
