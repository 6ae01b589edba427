"""The public page of a power, its PDF and the file of evidence."""

import hashlib
import io
import json
import zipfile
from typing import Any

import pikepdf
import pytest
from django.test import Client

from portal.files.services import open_file
from proxies.powers.models import Power, PowerStep
from proxies.powers.services import sealing
from tests.factories import Cast
from tests.factories.powers import make_accepted, with_e_cpf
from tests.powers.browsing import browser_of, words
from tests.powers.rows import ending, power_row

pytestmark = pytest.mark.django_db
VERIFY = "/procuracao/verificar/"


def page_of(power: Power) -> Any:
    return Client().get(f"{VERIFY}{power.code}/")


def test_anybody_reads_how_it_stands_and_of_cpfs_the_middle_alone(cast):
    power = power_row(cast.office, cast.ana, status="active")
    answer = page_of(power)
    said, cpf = words(answer), cast.ana.cpf
    for part in ("Verdadeira e em vigor", power.shown_code, power.grantor_name, power.grantee_name,
                 f"***.{cpf[3:6]}.{cpf[6:9]}-**", "Faturas e relatórios"):  # fmt: skip
        assert part in said
    for secret in (cpf, f"{cpf[:3]}.{cpf[3:6]}", power.signer_cpf, "NILO PRADO", cast.ana.email):
        assert secret not in answer.content.decode()
    assert "no-store" in answer["Cache-Control"]
    assert "noindex" in answer.content.decode()


@pytest.mark.parametrize(
    ("values", "said"),
    [
        ({}, "Verdadeira, mas ainda não aceita"),
        ({"status": "active", "starts_on": ending(3)}, "Verdadeira, mas ainda não começou"),
        ({"status": "active", "starts_on": ending(-9), "ends_on": ending(-1)},
         "Verdadeira; o prazo terminou"),
        ({"status": "revoked"}, "Verdadeira, mas não está em vigor"),
        ({"status": "declined"}, "Nunca foi aceita"),
    ],
)  # fmt: skip
def test_it_says_what_it_is_worth_today(cast, values, said):
    assert said in words(page_of(power_row(cast.office, cast.ana, **values)))


def test_a_code_is_typed_in_any_usual_way(cast):
    power = power_row(cast.office, cast.ana)
    answer = Client().get(VERIFY, {"codigo": f" {power.shown_code.lower()} "})
    assert answer["Location"] == f"{VERIFY}{power.code}/"
    assert Client().get(f"{VERIFY}{power.shown_code}/")["Location"] == f"{VERIFY}{power.code}/"
    assert "16 letras e números" in words(Client().get(VERIFY, {"codigo": "abc"}))


@pytest.mark.parametrize("code", ["ABCDEFGHJKMNPQRS", "abc", "%00", "1" * 90])
def test_an_unknown_code_is_nobody_s(db, code):
    answer = Client().get(f"{VERIFY}{code}/")
    assert answer.status_code == 404
    assert "Nenhuma procuração deste portal tem este código" in words(answer)


def test_a_draft_is_nothing_that_could_be_verified(cast):
    assert page_of(power_row(cast.office, cast.ana, status="draft")).status_code == 404


def test_who_guesses_codes_has_to_wait(cast):
    client = Client(REMOTE_ADDR="203.0.113.9")
    answers = [client.get(f"{VERIFY}ABCDEFGHJKMNPQRS/").status_code for _ in range(61)]
    assert answers == [404] * 60 + [429]


@pytest.mark.usefixtures("demo_signer")
def test_pdf_and_evidence_are_there_once_a_job_has_made_them(cast: Cast):
    power = make_accepted(cast)
    carla = browser_of(with_e_cpf(cast.carla))
    way = f"/procuracoes/eletronica/{power.code}/"
    assert "O PDF assinado está sendo feito" in words(carla.get(way))
    assert carla.get(f"{way}procuracao.pdf").status_code == 404
    for step in PowerStep.objects.all():
        sealing.seal(step.pk)
    sealing.make_pdf(power.pk)
    pdf: bytes = carla.get(f"{way}procuracao.pdf").getvalue()
    assert pdf.startswith(b"%PDF")
    power.refresh_from_db()
    assert hashlib.sha256(pdf).hexdigest() == power.pdf_sha256
    archive = zipfile.ZipFile(io.BytesIO(carla.get(f"{way}prova.zip").content))
    names = set(archive.namelist())
    assert names >= {
        "procuracao.json", "01-granted.json", "01-granted.json.p7s", "02-accepted.json",
        "02-accepted.json.p7s", "procuracao.pdf", "LEIA-ME.txt",
    }  # fmt: skip
    assert json.loads(archive.read("procuracao.json"))["id"] == power.code
    assert power.record_sha256 in archive.read("LEIA-ME.txt").decode()


def test_the_paper_of_a_plain_power_is_one_page(cast: Cast, demo_signer: None):
    power = make_accepted(cast)
    for step in PowerStep.objects.all():
        sealing.seal(step.pk)
    sealing.make_pdf(power.pk)
    power.refresh_from_db()
    with open_file(power.pdf_key) as file, pikepdf.open(file) as pdf:
        assert len(pdf.pages) == 1
        assert "procuracao.json" in pdf.attachments
