"""What is recorded of a power: one way of writing, all that the law's evidence needs, seals, a PDF."""

import hashlib
import io
import json

import pikepdf
import pytest
from django.conf import settings
from django.utils import timezone, translation

from certificates.services import signers
from certificates.services.signers import NoSigner
from certificates.signatures.verification import verify_detached, verify_pdf
from portal.canonical import canonical
from portal.files.models import PendingFile
from portal.files.services import open_file
from portal.outbox.models import Entry
from proxies.powers.models import Power, PowerStep
from proxies.powers.services import checking, life, paper, records, sealing
from proxies.powers.services.refusals import CannotGrant
from tests.factories import Cast
from tests.factories.powers import (
    an_e_cnpj,
    days,
    make_accepted,
    make_draft_power,
    make_power,
    with_e_cnpj,
    with_e_cpf,
)

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("demo_signer")]


def test_a_record_says_what_the_law_s_evidence_needs(cast: Cast):
    power = make_draft_power(cast, office_cnpj=cast.office.tax_id, services=["proxies", "invoices"])
    said = records.read(power.record)
    held = an_e_cnpj(cast.company_b.tax_id, cast.bruno).record
    assert said["id"] == power.code
    assert said["grantor"] == {"cnpj": cast.company_b.tax_id, "name": power.grantor_name}
    assert (said["signer"]["cpf"], said["grantee"]["cpf"]) == (cast.bruno.cpf, cast.carla.cpf)
    assert said["signer"]["capacity"]
    assert said["office_cnpj"] == cast.office.tax_id
    assert said["places"]["whole_company"] is True
    assert [one["name"] for one in said["services"]] == ["invoices", "proxies"]
    assert all(one["text"] for one in said["services"])
    assert (said["starts_on"], said["ends_on"]) == (str(power.starts_on), str(power.ends_on))
    assert said["sub_delegation"] is False
    assert any("substabelecimento" in sentence for sentence in said["text"])
    assert said["revocation"]["address"].startswith(settings.BASE_URL)
    assert (said["version"], said["text_version"]) == (1, records.TEXT_VERSION)
    assert said["made_at"].endswith("-03:00")
    assert said["certificate"]["issuer"] == held.issuer
    assert said["certificate"]["serial"]
    assert said["certificate"]["revocation"]["state"] == "good"
    assert said["confirmation"]["asked"] == "session"
    assert power.record == canonical(said)
    assert power.record_sha256 == hashlib.sha256(power.record).hexdigest()


def test_a_record_is_in_portuguese_whatever_the_reader_s_language(cast: Cast):
    with translation.override("en"):
        power = make_draft_power(cast)
    assert "procurador" in json.dumps(records.read(power.record), ensure_ascii=False)


def test_units_are_named_in_the_record(cast: Cast):
    by = with_e_cnpj(cast.bruno, cast.unit_b1.cnpj)
    places = records.read(make_draft_power(cast, by=by, units=[cast.unit_b1]).record)["places"]
    assert places["whole_company"] is False
    assert [unit["code"] for unit in places["units"]] == [cast.unit_b1.code]


def test_with_a_certificate_that_nobody_knows_nothing_is_drafted(cast: Cast):
    by = with_e_cnpj(cast.bruno, cast.company_b.tax_id)
    assert by.opening is not None
    object.__setattr__(by.opening, "sha256", "0" * 64)
    with pytest.raises(CannotGrant):
        make_draft_power(cast, by=by)


# Seals and the PDF


def sealed(power: Power) -> Power:
    for step in power.steps.all():
        sealing.seal(step.pk)
    sealing.make_pdf(power.pk)
    power.refresh_from_db()
    return power


@pytest.mark.django_db(transaction=True)
def test_a_step_is_sealed_by_the_provider_once(cast: Cast):
    step = make_power(cast).steps.get()
    sealing.seal(step.pk)
    step.refresh_from_db()
    seal = bytes(step.seal or b"")
    (report,) = verify_detached(bytes(step.record), seal)
    assert report.is_good
    sealing.seal(step.pk)
    step.refresh_from_db()
    assert bytes(step.seal or b"") == seal
    assert Entry.objects.filter(name="powers.make_pdf").count() == 1


def test_without_a_signer_the_job_fails_and_comes_again(cast: Cast, monkeypatch):
    step = make_power(cast).steps.get()
    monkeypatch.setattr(signers, "fallback_signers", [])
    with pytest.raises(NoSigner):
        sealing.seal(step.pk)
    assert PowerStep.objects.get(pk=step.pk).seal is None


@pytest.mark.django_db(transaction=True)
def test_the_pdf_is_signed_and_brings_all_evidence_along(cast: Cast):
    power = sealed(make_accepted(cast))
    with open_file(power.pdf_key) as file:
        data = file.read()
    assert hashlib.sha256(data).hexdigest() == power.pdf_sha256
    (report,) = verify_pdf(data)
    assert report.is_good
    with pikepdf.open(io.BytesIO(data)) as pdf:
        names = set(pdf.attachments)
        record = pdf.attachments["procuracao.json"].get_file().read_bytes()
        meta = str(pdf.Root.Metadata.read_bytes())
    assert record == bytes(power.record)
    assert names == {
        "procuracao.json", "01-granted.json", "01-granted.json.p7s", "02-accepted.json",
        "02-accepted.json.p7s",
    }  # fmt: skip
    assert "pdfaid" in meta


@pytest.mark.django_db(transaction=True)
def test_a_new_pdf_takes_the_old_one_s_place_and_leaves_no_file(cast: Cast):
    power = sealed(make_power(cast))
    old = power.pdf_key
    life.decline(power, by=with_e_cpf(cast.carla), at=timezone.now())
    assert sealed(power).pdf_key != old
    with pytest.raises(FileNotFoundError):
        open_file(old)
    assert not PendingFile.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_of_two_pdfs_at_once_one_is_kept_and_the_other_comes_again(cast: Cast, monkeypatch):
    power = make_power(cast)
    render = paper.render

    def slow(one: Power, **values):
        Power.objects.filter(pk=one.pk).update(pdf_key="powers/pdf/other")
        return render(one, **values)

    monkeypatch.setattr(paper, "render", slow)
    with pytest.raises(sealing.Overtaken):
        sealing.make_pdf(power.pk)
    assert not PendingFile.objects.exists()


def test_a_draft_has_no_pdf_and_what_is_gone_is_passed_over(cast: Cast):
    sealing.make_pdf(make_draft_power(cast).pk)
    sealing.make_pdf(0)
    sealing.seal(0)
    assert not Power.objects.exclude(pdf_key="").exists()


# Checking by the code


def test_who_has_the_code_reads_how_it_stands_with_the_cpf_masked(cast: Cast):
    power = make_accepted(cast)
    found = checking.find(f" {power.shown_code.lower()} ")
    assert found == power
    facts = checking.verify_facts(power, days(0))
    assert facts.is_in_force
    assert facts.grantee_cpf == power.masked_grantee_cpf
    assert cast.carla.cpf not in str(facts)
    assert not checking.verify_facts(power, days(5000)).is_in_force


@pytest.mark.parametrize("code", ["", "ABC", "A" * 16, "0" * 16, "%" * 40, "ABCDEFGHJKMNPQR\x00"])
def test_a_code_that_is_none_finds_nothing(cast: Cast, code: str):
    assert checking.find(code) is None


def test_a_draft_is_not_found_by_its_code(cast: Cast):
    assert checking.find(make_draft_power(cast).code) is None
