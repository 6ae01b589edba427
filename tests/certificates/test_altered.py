"""What came into a PDF after it was signed is told, whoever signed again on top."""

import shutil
import subprocess

import pytest
from pyhanko.sign import fields
from pyhanko.sign.fields import MDPPerm

from certificates.signatures.naming import What
from certificates.signatures.signing import Signer, sign_pdf
from certificates.signatures.verification import Integrity, verify_pdf
from tests.certificates import altering
from tests.certificates.altering import a_form, certified, updated

pytestmark = pytest.mark.django_db
CHANGES = [
    (altering.fill_in, What.FIELD),
    (altering.other_look, What.FIELD_LOOK),
    (altering.another_field, What.FIELD_ADDED),
    (altering.other_page, What.PAGE),
    (altering.same_object_other_page, What.PAGE),
    (altering.more_pages, What.PAGES_ADDED),
    (altering.fewer_pages, What.PAGES_REMOVED),
    (altering.a_note, What.MARKS),
    (altering.an_attachment, What.ATTACHMENTS),
    (altering.a_program, What.ACTIONS),
    (altering.another_title, What.PROPERTIES),
    (altering.a_seal_that_is_none, What.EMPTY_SIGNATURE),
    (altering.a_catalogue_entry, What.OTHER),
]


@pytest.fixture
def signed(signer: Signer) -> bytes:
    return sign_pdf(a_form(), signer, reason="A")


def found(pdf: bytes) -> list[tuple[Integrity, set[What]]]:
    return [
        (report.integrity, {change.what for change in report.changes}) for report in verify_pdf(pdf)
    ]


@pytest.mark.parametrize(
    ("change", "what"), CHANGES, ids=lambda value: getattr(value, "__name__", "")
)
def test_a_change_under_a_second_signature_is_named(signed, signer, change, what):
    first, second = found(sign_pdf(updated(signed, change), signer, reason="B"))
    assert first == (Integrity.ALTERED, {what})
    assert second == (Integrity.WHOLE, set())


@pytest.mark.parametrize("permission", [MDPPerm.FILL_FORMS, MDPPerm.ANNOTATE])
@pytest.mark.parametrize(("change", "what"), CHANGES[:8:7], ids=["field", "note"])
def test_a_certification_that_allows_it_does_not_hide_it(signer, permission, change, what):
    pdf = certified(a_form(), signer, permission)
    first, _second = found(sign_pdf(updated(pdf, change), signer, reason="B"))
    assert first == (Integrity.ALTERED, {what})


def test_a_filled_in_field_is_told_with_what_it_said(signed, signer):
    first = verify_pdf(sign_pdf(updated(signed, altering.fill_in), signer, reason="B"))[0]
    [change] = first.changes
    assert change.text == "O campo “valor” dizia “100,00” e agora diz “999,00”."


def test_a_change_that_was_changed_back_is_told(signed, signer):
    there = updated(signed, altering.fill_in)
    pdf = sign_pdf(updated(there, lambda w: altering.fill_in(w, "100,00")), signer, reason="B")
    assert found(pdf)[0][0] == Integrity.ALTERED


def test_signatures_saving_and_validation_data_come_without_a_word(signed, signer):
    pdf = sign_pdf(updated(signed, altering.nothing), signer, reason="B")
    pdf = sign_pdf(updated(pdf, altering.validation_data), signer, reason="C")
    assert found(pdf) == [(Integrity.WHOLE, set())] * 3


def test_a_visible_signature_of_another_program_comes_without_a_word(signed, signer):
    pdf = updated(
        signed,
        lambda w: fields.append_signature_field(w, fields.SigFieldSpec("B", box=(9, 9, 99, 99))),
    )
    assert found(altering.signed_elsewhere(pdf, signer)) == [(Integrity.WHOLE, set())] * 2


def test_a_signature_after_a_final_certification_is_told(signer, monkeypatch):
    final = certified(a_form(), signer, MDPPerm.NO_CHANGES)
    assert found(final) == [(Integrity.WHOLE, set())]
    assert found(updated(final, altering.validation_data)) == [(Integrity.WHOLE, set())]
    monkeypatch.setattr("pyhanko.sign.validation.read_certification_data", lambda _reader: None)
    first, second = found(altering.signed_elsewhere(final, signer))
    assert first == (Integrity.ALTERED, {What.FORBIDDEN_SIGNATURE})
    assert second == (Integrity.WHOLE, set())


def test_an_object_that_the_signed_page_already_pointed_to_is_told(signer):
    """The page refers to content that is not there when A signs, and comes later."""
    signed = sign_pdf(altering.a_page_that_waits(), signer, reason="A")
    assert found(signed) == [(Integrity.WHOLE, set())]
    first, _second = found(
        sign_pdf(updated(signed, altering.what_it_waited_for), signer, reason="B")
    )
    assert first == (Integrity.ALTERED, {What.PAGE})


@pytest.mark.skipif(shutil.which("pdfsig") is None, reason="poppler's pdfsig is not installed")
def test_another_program_finds_the_same_signatures_and_no_fault_in_their_values(
    signed, signer, tmp_path
):
    path = tmp_path / "a.pdf"
    path.write_bytes(sign_pdf(updated(signed, altering.fill_in), signer, reason="B"))
    told = subprocess.run(["pdfsig", "-nocert", path], capture_output=True, text=True, check=False)
    assert told.stdout.count("Signature is Valid.") == 2
    assert told.stdout.count("Total document signed") == 1
