"""Return files that no bank wrote so: refused by name with nothing staged, or read as they are meant."""

import random

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse

from portal.batches import services as batches
from portal.payments.models import BankFile, Settlement
from tests.factories import Cast
from tests.factories.payments import make_agreement
from tests.payments.importing import (
    a_return,
    a_slip,
    an_agreement,
    do,
    hand_in,
    outcomes,
    post,
    says,
)
from tests.payments.returns import as_bytes, event_240, file_240

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


def ending(lines: list[str], *, records: int, titles: int, cents: int) -> bytes:
    """A file whose one lot ends with these figures."""
    end = lines[-2]
    lines[-2] = f"{end[:17]}{records:06d}{titles:06d}{cents:017d}{end[46:]}"
    return as_bytes(lines)


@pytest.mark.parametrize(
    ("titles", "cents", "doubt"),
    [(2, 20_000, ""), (0, 0, ""), (2, 0, ""),
     (2, 20_001, "diz 2 títulos, que somam R$\u00a0200,01, e o lote tem 2, que somam R$\u00a0200,00"),
     (3, 20_000, "diz 3 títulos")],
    ids=["as they are", "zeros", "no sum", "another sum", "another number"],
)  # fmt: skip
def test_titles_of_a_lot_that_do_not_add_up_are_told_before_posting(
    cast: Cast, client_of, titles: int, cents: int, doubt: str
):
    slip = a_slip(an_agreement())
    lines = a_return([says(slip, "06", 10_000), says(42, "02")]).decode("latin-1").splitlines()
    file = hand_in(ending(lines, records=6, titles=titles, cents=cents), cast.faturista)
    assert file.status == "checked"
    page = client_of(cast.faturista).get(file.get_absolute_url()).content.decode()
    assert doubt in file.problem
    assert bool(file.problem) == bool(doubt)
    assert file.problem in page
    file = do(file, batches.apply, cast.faturista)
    assert (file.status, file.problem) == ("applied", "")


def test_santander_counts_its_lots_in_its_own_way(cast: Cast):
    """Without first and last record; and all titles of the carteira, not those of the lot."""
    make_agreement("033")
    event = event_240("033", "02")
    file = hand_in(
        ending(file_240("033", [event]), records=2, titles=3, cents=107_028), cast.faturista
    )
    assert (file.status, file.problem) == ("checked", "")


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
