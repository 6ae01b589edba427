"""``manage.py certificate_info``: the record or the reason, as JSON or text."""

import io
import json
from pathlib import Path
from typing import Any

import pytest
from django.core.management import call_command

from portal.taxid import with_check_digits
from tests.certificates import authority
from tests.certificates.authority import (
    KEY,
    PASSWORD,
    SERVER_AUTH,
    Authority,
    der,
    full_company_names,
    pem,
    person_names,
    pfx,
)

CNPJ, CPF = with_check_digits("112223330001"), with_check_digits("314159265")


@pytest.fixture(scope="module")
def ca() -> Authority:
    return Authority.root().under()


@pytest.fixture
def write(tmp_path):
    def write(data: bytes, name: str = "c") -> Path:
        (tmp_path / name).write_bytes(data)
        return tmp_path / name

    return write


def run(file: Path, *arguments: str) -> tuple[int, str]:
    out, code = io.StringIO(), 0
    try:
        call_command("certificate_info", str(file), *arguments, stdout=out)
    except SystemExit as end:
        code = int(str(end.code))
    return code, out.getvalue()


def told(file: Path, *arguments: str) -> dict[str, Any]:
    code, text = run(file, *arguments)
    answer = json.loads(text)
    assert code == (1 if "error" in answer else 0)
    return answer


def test_a_certificate_in_der_and_in_pem_is_told_in_full(ca, write):
    made = ca.issue(full_company_names(CNPJ, CPF), subject="ACME LTDA:" + CNPJ)
    answer = told(write(der(made)))
    assert answer == told(write(pem(made)))
    assert (answer["kind"], answer["name"], answer["cnpj"]) == ("e-cnpj", "ACME LTDA", CNPJ)
    assert answer["person"]["birth"] == "1975-12-31"
    assert answer["person"]["name"] == "JOSÉ DA SILVA"
    assert answer["not_after"] == made.not_valid_after_utc.isoformat()
    assert answer["icp_brasil"] is True
    assert answer["strict_der"] is True
    assert "der" not in answer


def test_a_pfx_is_opened_with_the_password_of_a_file(ca, write):
    data = pfx(leaf=ca.issue(person_names(CPF)), password="ação 1")
    file = write(data, "c.pfx")
    for text in ("ação 1\n", "ação 1\r\n", "\ufeffação 1"):
        secret = write(text.encode(), "senha")
        assert told(file, "--password-file", str(secret))["cpf"] == CPF
    secret = write("ação 1".encode("latin-1"), "senha")
    assert told(file, "--password-file", str(secret))["cpf"] == CPF


def test_a_password_is_read_from_what_is_typed(ca, write, monkeypatch):
    monkeypatch.setattr("sys.stdin", io.StringIO(PASSWORD + "\n"))
    assert told(write(pfx(leaf=ca.issue(person_names(CPF)))))["cpf"] == CPF


def test_a_malformed_certificate_that_can_be_read_is_read_and_told(ca, write):
    odd = authority.with_explicit_false(ca.issue(person_names(CPF)), ca.key)
    answer = told(write(odd))
    assert (answer["cpf"], answer["strict_der"]) == (CPF, False)


def test_each_thing_that_can_be_wrong_has_its_code(ca, write):
    secret = write(PASSWORD.encode(), "senha")
    leaf = ca.issue(person_names(CPF))
    cases = {
        "unreadable": b"nada",
        "malformed": authority.raw_pfx([KEY], [b"nada"]),
        "no_private_key": pfx(key=None, others=[leaf]),
        "no_certificate": pfx(key=KEY, leaf=None, others=[ca.certificate]),
        "several_leaves": authority.raw_pfx([KEY], [der(leaf), der(ca.issue())]),
        "wrong_password": pfx(leaf=leaf, password="outra"),
        "expired": der(ca.issue(start=-400, end=-1)),
        "not_yet_valid": der(ca.issue(start=1)),
        "not_icp": der(ca.issue([])),
        "server_certificate": der(ca.issue(ekus=[SERVER_AUTH])),
    }
    for code, data in cases.items():
        answer = told(write(data), "--password-file", str(secret))
        assert answer["error"]["code"] == code
        assert answer["error"]["message"]
        readable = code in {"expired", "not_yet_valid", "not_icp", "server_certificate"}
        assert ("record" in answer) == readable


def test_a_file_that_is_not_there_is_said_so(tmp_path, ca, write):
    assert told(tmp_path / "nada.pfx")["error"]["code"] == "no_file"
    file = write(pfx(leaf=ca.issue()))
    answer = told(file, "--password-file", str(tmp_path / "nada"))
    assert answer["error"]["code"] == "no_file"


def test_text_is_for_people(ca, write):
    code, text = run(write(der(ca.issue(full_company_names(CNPJ, CPF)))), "--text")
    assert code == 0
    assert "11.222.333/0001-" in text
    assert "31/12/1975" in text
    code, text = run(write(der(ca.issue(start=-400, end=-1))), "--text")
    assert code == 1
    assert text.splitlines()[0].endswith("(expired)")
    assert run(write(b"nada"), "--text")[0] == 1
