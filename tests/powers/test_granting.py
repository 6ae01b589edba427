"""Granting: the page's confirmation, and the company's own signature of the record."""

import base64
from typing import Any

import pytest
from django.conf import LazySettings
from django.utils import timezone

from certificates.demo.revocation import revoke as revoke_certificate
from certificates.services import signers
from portal.accounts.models import Grant, User
from portal.audit.models import AuditEvent
from portal.outbox.mail import opened
from portal.outbox.models import Entry
from portal.transitions import IllegalTransition
from proxies.powers.models import Power, PowerStep
from proxies.powers.services import granting, paper, records
from proxies.powers.services.refusals import CannotGrant, SignatureRefused
from tests.factories import Cast, a_cnpj
from tests.factories.powers import (
    Held,
    a_seal,
    an_e_cnpj,
    an_e_cpf,
    days,
    in_session,
    make_draft_power,
    make_power,
    with_e_cnpj,
)

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("demo_signer")]


@pytest.fixture
def bruno(cast: Cast) -> User:
    """In a session of company B's e-CNPJ."""
    return with_e_cnpj(cast.bruno, cast.company_b.tax_id)


def test_a_confirmed_draft_waits_leaves_a_step_and_an_audit_and_opens_nothing(cast, bruno):
    power = make_draft_power(cast, by=bruno)
    record = bytes(power.record)
    granting.confirm(power, by=bruno, at=timezone.now())
    power.refresh_from_db()
    assert (power.status, power.means) == ("waiting", "session")
    assert bytes(power.record) == record
    step = power.steps.get()
    said = records.read(step.record)
    assert (said["power"], said["power_sha256"]) == (power.code, power.record_sha256)
    assert said["by"] == {"name": cast.bruno.name, "cpf": cast.bruno.cpf}
    assert said["in_session_of"]["cnpj"] == cast.company_b.tax_id
    event = AuditEvent.objects.get(action="power.granted")
    assert (event.chain, event.actor_id) == (f"company:{cast.company_b.pk}", cast.bruno.pk)
    assert event.data == {"sha256": power.record_sha256}
    assert Entry.objects.filter(name="powers.seal", arguments={"step": step.pk}).exists()
    assert not Grant.objects.filter(source=Grant.Source.PROXY).exists()


def test_the_second_click_is_told_so(cast, bruno):
    power = make_draft_power(cast, by=bruno)
    twin = Power.objects.get(pk=power.pk)
    granting.confirm(power, by=bruno, at=timezone.now())
    with pytest.raises(IllegalTransition):
        granting.confirm(twin, by=bruno, at=timezone.now())
    assert PowerStep.objects.count() == 1


@pytest.mark.parametrize("who", ["another", "password", "another company"])
def test_only_who_made_the_draft_confirms_it_in_a_session_of_the_same_e_cnpj(cast, bruno, who):
    power = make_draft_power(cast, by=bruno)
    by = {
        "another": lambda: with_e_cnpj(cast.ana, cast.company_b.tax_id),
        "password": lambda: in_session(cast.bruno),
        "another company": lambda: with_e_cnpj(cast.bruno, cast.unit_b1.cnpj),
    }[who]()
    with pytest.raises(CannotGrant):
        granting.confirm(power, by=by, at=timezone.now())
    power.refresh_from_db()
    assert power.status == Power.Status.DRAFT


def test_without_a_signer_nothing_is_granted(cast, bruno, monkeypatch):
    power = make_draft_power(cast, by=bruno)
    monkeypatch.setattr(signers, "fallback_signers", [])
    with pytest.raises(CannotGrant, match="selar"):
        granting.confirm(power, by=bruno, at=timezone.now())
    power.refresh_from_db()
    assert power.status == Power.Status.DRAFT


def test_what_the_certificate_no_longer_opens_is_not_granted(cast, bruno):
    power = make_draft_power(cast, by=bruno)
    cast.company_b.tax_id = a_cnpj()
    cast.company_b.save()
    with pytest.raises(CannotGrant, match="não abre mais"):
        granting.confirm(power, by=bruno, at=timezone.now())


def test_a_draft_over_units_that_were_deleted_never_becomes_one_over_the_company(cast):
    by = with_e_cnpj(cast.bruno, cast.unit_b1.cnpj)
    power = make_draft_power(cast, by=by, units=[cast.unit_b1])
    power.units.clear()
    with pytest.raises(CannotGrant):
        granting.confirm(power, by=by, at=timezone.now())


def test_one_whose_last_day_has_passed_is_not_granted(cast, bruno):
    power = make_draft_power(cast, by=bruno)
    Power.objects.filter(pk=power.pk).update(starts_on=days(-9), ends_on=days(-1))
    power.refresh_from_db()
    with pytest.raises(CannotGrant, match="último dia"):
        granting.confirm(power, by=bruno, at=timezone.now())


def test_the_grantee_is_mailed_with_little_and_nobody_without_an_address(cast, bruno):
    power = make_power(cast, by=bruno)
    mail = Entry.objects.get(kind=Entry.Kind.MAIL)
    assert mail.recipient == cast.carla.email
    assert str(cast.carla.pk) in str(mail.about)
    said = opened(mail)
    assert said
    assert power.masked_grantee_cpf in said.text
    assert f"/procuracoes/eletronica/{power.code}/" in said.text
    for hidden in (
        cast.carla.cpf,
        cast.carla.name,
        "Faturas",
        power.services_text,
        cast.bruno.name,
    ):
        assert hidden not in said.subject + said.text, hidden
    make_power(cast, by=bruno, grantee_email="")
    assert Entry.objects.filter(kind=Entry.Kind.MAIL).count() == 1
    assert power.grantee is None


# The company's own signature


@pytest.fixture
def asks_signature(settings: LazySettings) -> None:
    settings.POWERS_CONFIRMED_BY = "signature"


def pem(der: bytes) -> bytes:
    text = base64.encodebytes(der).decode()
    return f"-----BEGIN CMS-----\n{text}-----END CMS-----\n".encode()


@pytest.mark.usefixtures("asks_signature")
@pytest.mark.parametrize("form", [bytes, pem])
def test_the_record_signed_with_the_e_cnpj_is_taken(cast, bruno, form: Any):
    held = an_e_cnpj(cast.company_b.tax_id, cast.bruno)
    power = make_draft_power(cast, by=bruno)
    p7s = form(held.sign(bytes(power.record)))
    granting.sign(power, p7s, by=bruno, at=timezone.now())
    power.refresh_from_db()
    assert (power.status, power.means) == ("waiting", "signature")
    assert bytes(power.signature or b"") == p7s
    assert records.read(power.steps.get().record)["signature_sha256"]
    names = [file.name for file in paper.evidence_of(power)]
    assert names == ["procuracao.json", "procuracao.json.p7s", "01-granted.json"]


def _held_by(cast: Cast, who: str) -> Held:
    company, bruno = cast.company_b.tax_id, cast.bruno
    return {
        "another company": lambda: an_e_cnpj(cast.unit_a1.cnpj, bruno),
        "another person": lambda: an_e_cnpj(company, cast.ana),
        "e-CPF": lambda: an_e_cpf(bruno),
        "seal": lambda: a_seal(company, bruno),
    }[who]()


@pytest.mark.usefixtures("asks_signature")
@pytest.mark.parametrize(
    ("who", "words"),
    [
        ("another company", "outra empresa"), ("another person", "outra pessoa responsável"),
        ("e-CPF", "não é um e-CNPJ"), ("seal", "selo eletrônico"),
    ],
)  # fmt: skip
def test_another_s_signature_is_refused_in_its_own_words(cast, bruno, who: str, words: str):
    power = make_draft_power(cast, by=bruno)
    p7s = _held_by(cast, who).sign(bytes(power.record))
    refused(power, p7s, bruno, words)


@pytest.mark.usefixtures("asks_signature")
def test_the_signature_of_another_file_is_refused(cast, bruno):
    held = an_e_cnpj(cast.company_b.tax_id, cast.bruno)
    power, other = make_draft_power(cast, by=bruno), make_draft_power(cast, by=bruno)
    refused(power, held.sign(bytes(other.record)), bruno, "outro arquivo")
    refused(power, held.sign(bytes(power.record) + b"\n"), bruno, "outro arquivo")


@pytest.mark.usefixtures("asks_signature")
@pytest.mark.parametrize("junk", [b"", b"nothing", b"\x30\x82\xff\xff" * 40, b"x" * 300_000])
def test_what_is_no_signature_is_refused(cast, bruno, junk: bytes):
    refused(make_draft_power(cast, by=bruno), junk, bruno, "")


@pytest.mark.usefixtures("asks_signature")
def test_the_signature_of_a_revoked_certificate_is_refused(cast, bruno):
    held = an_e_cnpj(cast.company_b.tax_id, cast.bruno)
    power = make_draft_power(cast, by=bruno)
    p7s = held.sign(bytes(power.record))
    revoke_certificate(held.certificate.serial_number, at=timezone.now())
    refused(power, p7s, bruno, "revogado")


def refused(power: Power, p7s: bytes, by: User, words: str) -> None:
    """The draft stays as it was, and says why in these words."""
    before = Entry.objects.count()
    with pytest.raises(SignatureRefused) as caught:
        granting.sign(power, p7s, by=by, at=timezone.now())
    assert words in " ".join(caught.value.messages)
    power.refresh_from_db()
    assert (power.status, power.signature) == ("draft", None)
    assert not power.steps.exists()
    assert Entry.objects.count() == before


@pytest.mark.usefixtures("asks_signature")
def test_where_a_signature_is_asked_for_the_page_confirms_nothing(cast, bruno):
    power = make_draft_power(cast, by=bruno)
    with pytest.raises(CannotGrant):
        granting.confirm(power, by=bruno, at=timezone.now())


def test_a_draft_from_before_the_rule_changed_is_not_granted(cast, bruno, settings):
    power = make_draft_power(cast, by=bruno)
    settings.POWERS_CONFIRMED_BY = "signature"
    p7s = an_e_cnpj(cast.company_b.tax_id, cast.bruno).sign(bytes(power.record))
    with pytest.raises(CannotGrant):
        granting.sign(power, p7s, by=bruno, at=timezone.now())
