"""Return files that no bank wrote so: refused by name with nothing staged, or read as they are meant."""

import random

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse

from portal.payments.models import BankFile, Settlement
from tests.factories import Cast
from tests.payments.importing import a_return, a_slip, an_agreement, hand_in, outcomes, post, says

pytestmark = [pytest.mark.both, pytest.mark.django_db]
NOISE = 25 * 1024**2


def spoilt(old: bytes, new: bytes) -> bytes:
    data = a_return([says(42, "06", 10_000)])
    assert old in data
    return data.replace(old, new, 1)


def noise(head: bytes = b"") -> bytes:
    return head + random.Random(14).randbytes(NOISE)


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (lambda: b"\x00" * 500, "não é um arquivo de retorno"),
        (lambda: b" \r\n\r\n", "está vazio"),
        (noise, "não é um arquivo de retorno"),
        (lambda: noise(a_return([])[:242]), "cortado"),
        (lambda: noise(b"02RETORNO01COBRANCA".ljust(76) + b"341".ljust(318) + b"\n"), "cortado"),
        (lambda: spoilt(b"756", b"7\x006"), "do banco 76"),
        (lambda: spoilt(b"000000056789", b"000000\x0056781"), "56781"),
        (lambda: a_return([says(42, "06", 1)])[:-300], "cortado"),
        (lambda: spoilt(b"000006", b"000007"), "diz 7 linhas"),
        (lambda: spoilt(cents := b"%015d" % 10_000, b"0000000000\x00" + cents[11:]), "linha"),
    ],
    ids=["NULs", "empty", "noise", "noise after a header of 240", "noise after a header of 400",
         "NUL in the bank", "NUL in the account", "cut", "wrong total", "NUL in an amount"],
)  # fmt: skip
def test_what_no_bank_wrote_is_refused_by_name_and_nothing_is_staged(cast: Cast, data, words):
    an_agreement()
    file = hand_in(data(), cast.faturista)
    assert (file.status, file.rows.count(), file.file_key) == ("refused", 0, "")
    assert words in file.problem


@pytest.mark.parametrize(
    "write",
    [lambda data: data.replace(b"\r\n", b"\n"),
     lambda data: b"\r\n".join(line.rstrip() for line in data.split(b"\r\n")),
     lambda data: data.replace(b"\r\n", b"\r\n\r\n"),
     lambda data: data[:74] + "CERTIFICAÇÃO".encode("latin-1") + data[86:],
     lambda data: data + b"\x1a" + b"\x00" * 300],
    ids=["LF", "right-trimmed", "blank lines between", "Latin-1", "NULs after the end"],
)  # fmt: skip
def test_what_became_of_a_file_on_its_way_changes_nothing(cast: Cast, write):
    slip = a_slip(an_agreement())
    file = post(write(a_return([says(slip, "06", 10_000)])), cast.faturista)
    assert (file.status, file.problem, outcomes(file)) == ("applied", "", ["settles"])


def test_more_than_any_slip_can_say_is_taken_as_too_much(cast: Cast):
    slip = a_slip(an_agreement())
    most = 10**15 - 1  # what 15 digits hold
    file = post(a_return([says(slip, "06", most)]), cast.faturista)
    assert outcomes(file) == ["over"]
    assert Settlement.objects.get().paid_cents == most


def test_the_same_payment_more_often_than_can_be_counted_is_a_damaged_file(
    cast: Cast, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr("portal.payments.services.return_files.MOST_ALIKE", 2)
    slip = a_slip(an_agreement())
    three = hand_in(a_return([says(slip, "06", 10_000)] * 3), cast.faturista)
    assert three.status == "checked"
    four = hand_in(a_return([says(slip, "06", 10_000)] * 4, sequence=8), cast.faturista)
    assert (four.status, four.rows.count(), four.file_key) == ("refused", 0, "")
    assert "diz o mesmo que mais de 2 outras" in four.problem
    assert "R$\u00a0100,00" in four.problem


def test_a_file_that_is_too_large_or_empty_is_refused_by_the_form(
    cast: Cast, client_of, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr("portal.payments.forms.files.MOST", 1_000)
    clerk: Client = client_of(cast.faturista)
    for data, words in ((b"", "vazio"), (b"x" * 1_001, "mais de")):
        page = clerk.post(
            reverse("payments:bank_file_new"), {"file": SimpleUploadedFile("a.ret", data)}
        )
        assert words in page.content.decode()
    assert not BankFile.objects.exists()
