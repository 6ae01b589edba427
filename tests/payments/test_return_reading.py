"""Return files of seven banks are read by their own positions, whatever was done to the lines."""

import io
from datetime import date

import pytest
from django.core.exceptions import ValidationError

from portal import sandbox
from portal.payments.banks import cnab_reading
from portal.payments.banks.cnab_reading import ReturnEvent, packed_part, unpacked
from portal.payments.banks.cnab_survey import survey
from portal.payments.banks.cnab_tables import TABLES, Meaning, meaning_of
from portal.payments.banks.cnab_words import bank_says
from tests.fuzzing import FEWEST, survives
from tests.payments.returns import (
    NUMBERS_240,
    as_bytes,
    event_240,
    event_400,
    file_240,
    file_400,
    line,
)

BANKS_400 = ("001", "104", "237", "341")


def events_of(data: bytes) -> list[ReturnEvent]:
    """All events of a file, part by part, as the portal reads them."""
    file = io.BytesIO(data)
    found, events, at = survey(file), list[ReturnEvent](), (0, 0)
    while True:
        part = packed_part(file, found.header.bank, found.header.width, *at)
        events += unpacked(part.packed)
        if part.is_last:
            assert len(events) == found.events
            return events
        at = (part.offset, part.line)


def refusal(data: bytes) -> str:
    with pytest.raises(ValidationError) as caught:
        events_of(data)
    return str(caught.value.code)


@pytest.mark.parametrize("bank", NUMBERS_240)
def test_a_settlement_of_240_is_read_where_its_bank_writes_it(bank: str):
    paid = event_240(bank, "06", paid=10_000, net=9_750, fee=250)
    (event,) = events_of(as_bytes(file_240(bank, [paid])))
    assert event.number.endswith("42")
    assert event.occurred_on == date(2026, 3, 19)
    assert event.credited_on == date(2026, 3, 20)
    assert (event.face, event.fee, event.line) == (10_000, 250, 3)
    if bank != "341":
        assert (event.paid, event.net) == (10_000, 9_750)


@pytest.mark.parametrize("bank", BANKS_400)
def test_a_settlement_of_400_is_read_where_its_bank_writes_it(bank: str):
    movement = "21" if bank == "104" else "06"
    paid = event_400(bank, movement, paid=9_750 if bank == "341" else 10_000, fee=250)
    (event,) = events_of(as_bytes(file_400(bank, [paid])))
    assert event.number.endswith("42")
    assert (event.paid, event.net, event.fee, event.face) == (10_000, 9_750, 250, 10_000)
    assert event.occurred_on == date(2026, 3, 19)
    assert event.credited_on == date(2026, 3, 20)
    assert meaning_of(bank, 400, movement, event.paid) == Meaning.PAID


@pytest.mark.parametrize(
    ("paid", "fee", "interest", "payer_paid"),
    [(9_750, 250, 0, 10_000), (10_000, 250, 0, 10_000), (10_000, 250, 250, 10_250),
     (10_250, 250, 250, 10_250), (0, 0, 0, 0)],
)  # fmt: skip
def test_both_amounts_of_itau_are_net_of_its_fee(paid, fee, interest, payer_paid):
    lines = event_240("341", "06", paid=paid, fee=fee, interest=interest)
    (event,) = events_of(as_bytes(file_240("341", [lines])))
    # A payment of 100.00 with 2.50 of interest and of fee looks like one without either.
    expected = 10_000 if (paid, interest) == (10_000, 250) else payer_paid
    assert (event.paid, event.net) == (expected, paid)


def test_movements_mean_what_they_mean_at_that_bank():
    meanings = {
        ("001", 240, "17"): Meaning.PAID, ("341", 240, "17"): Meaning.REFUSED,
        ("341", 240, "15"): Meaning.REFUSED, ("341", 240, "10"): Meaning.WITHDRAWN,
        ("033", 240, "93"): Meaning.ADVANCE, ("033", 240, "94"): Meaning.ADVANCE_UNDONE,
        ("001", 240, "93"): Meaning.INFO, ("341", 400, "95"): Meaning.ADVANCE,
        ("756", 240, "09"): Meaning.WITHDRAWN, ("748", 240, "03"): Meaning.REJECTED,
        ("104", 240, "44"): Meaning.REVERSED, ("104", 240, "50"): Meaning.INFO,
        ("104", 240, "02"): Meaning.REGISTERED, ("104", 240, "28"): Meaning.INFO,
        ("341", 400, "07"): Meaning.PAID, ("341", 400, "59"): Meaning.PAID,
        ("237", 400, "15"): Meaning.PAID, ("237", 400, "16"): Meaning.INFO,
        ("001", 400, "05"): Meaning.PAID, ("001", 400, "08"): Meaning.PAID,
        ("104", 400, "22"): Meaning.PAID, ("104", 400, "06"): Meaning.INFO,
        ("104", 400, "01"): Meaning.REGISTERED, ("237", 400, "ZZ"): Meaning.INFO,
    }  # fmt: skip
    for (bank, width, movement), meaning in meanings.items():
        assert meaning_of(bank, width, movement, 10_000) == meaning, (bank, width, movement)


def test_a_ten_of_itau_without_an_amount_is_our_own_instruction():
    assert meaning_of("341", 400, "10", 10_000) == Meaning.PAID
    assert meaning_of("341", 400, "10", 0) == Meaning.WITHDRAWN


def test_reasons_are_said_in_plain_words_beside_their_codes():
    said = {
        ("104", 240, "03", "48"): "03 registro recusado (48: endereço ou CEP do pagador inválido)",
        ("001", 240, "26", "52"): "26 instrução recusada (52: já está pago)",
        ("033", 240, "26", "52"): "26 instrução recusada (52: endereço ou CEP do pagador inválido)",
        ("756", 240, "03", "08 63"): "03 registro recusado (08: nosso número inválido; 63: nosso"
        " número já registrado)",
        ("341", 240, "03", "10"): "03 registro recusado (10: endereço do pagador ausente ou"
        " inválido)",
        ("237", 240, "09", "12"): "09 baixado (12: decurso de prazo)",
        ("341", 240, "17", "99"): "17 alteração recusada (99)",
        ("001", 240, "77", ""): "77 movimento 77",
    }  # fmt: skip
    for (bank, width, movement, reasons), words in said.items():
        assert bank_says(bank, width, movement, reasons) == words


@pytest.mark.parametrize(
    ("written", "codes"), [("08", "08"), ("0863", "08 63"), ("        08", "08"),
     ("0000000008", "08"), ("0800000000", "08"), ("A4", "A4"), ("", "")],
)  # fmt: skip
def test_reasons_stand_at_the_left_or_at_the_right(written: str, codes: str):
    (event,) = events_of(as_bytes(file_240("756", [event_240("756", "03", reasons=written)])))
    assert event.reasons == codes


# --- what happens to lines on their way

PAID = [event_240("756", "06", paid=10_000, at=at) for at in (1, 3, 5)]


@pytest.mark.parametrize(
    "spoil",
    [
        lambda lines: as_bytes(lines, "\n"),
        lambda lines: as_bytes((text.rstrip() for text in lines), "\n"),
        lambda lines: as_bytes(text + "  0000" for text in lines),
        lambda lines: b"\xef\xbb\xbf" + as_bytes(lines),
        lambda lines: as_bytes(lines)[:-2] + b"\r\n\r\n\x1a",
        lambda lines: as_bytes(lines).rstrip(),
        lambda lines: as_bytes(text.replace(" " * 20, "ÇÃO".ljust(20), 1) for text in lines),
        lambda lines: b"\xef\xbb\xbf"
        + as_bytes((t.replace(" " * 20, "ÇÃO".ljust(20), 1) for t in lines), encoding="utf-8"),
        lambda lines: as_bytes(
            (t.replace(" " * 20, "ÇÃO".ljust(20), 1) for t in lines), encoding="utf-8"
        ),
    ],
    ids=["LF", "trimmed", "too-long", "BOM", "blank-end", "no-end", "latin", "utf-BOM", "utf"],
)  # fmt: skip
def test_lines_spoilt_on_their_way_are_read_alike(spoil):
    lines = file_240("756", PAID)
    sound, spoilt = events_of(as_bytes(lines)), events_of(spoil(lines))
    assert [(e.number, e.paid, e.credited_on) for e in spoilt] == [
        (e.number, e.paid, e.credited_on) for e in sound
    ]
    assert len(sound) == 3


def test_dates_may_be_zeros_blanks_or_nonsense():
    lines = file_240("748", [event_240("748", "06", paid=1, credited=None)])
    blank = [text.replace("19032026", " " * 8) for text in lines]
    nonsense = [text.replace("19032026", "99999999") for text in lines]
    for variant in (blank, nonsense):
        (event,) = events_of(as_bytes(variant))
        assert (event.occurred_on, event.credited_on) == (None, None)


def test_segments_are_joined_by_lot_and_number_not_by_order():
    first, second = event_240("756", "06", paid=1, at=1), event_240("756", "06", paid=2, at=3)
    mixed = [[first[0], second[0]], [second[1], first[1]]]
    assert [e.paid for e in events_of(as_bytes(file_240("756", mixed)))] == [2, 1]


def test_other_records_between_are_passed_over():
    other = line(240, {(1, 3): "756", (4, 7): "0001", (8, 8): "3", (9, 13): "00003", (14, 14): "Y"})
    lines = file_240("756", [*PAID[:1], [other]])
    assert len(events_of(as_bytes(lines))) == 1


def test_a_registration_without_its_second_segment_is_read():
    lines = file_240("756", [event_240("756", "02")[:1]])
    (event,) = events_of(as_bytes(lines))
    assert (event.movement, event.paid) == ("02", 0)


def test_the_pix_text_of_itau_follows_its_registration():
    emv = "00020101021226" + "A" * 40
    pix = line(400, {(1, 1): "3", (2, 391): emv.ljust(390)})
    failed = line(400, {(1, 1): "3", (2, 391): " " * 390, (392, 394): "007"})
    lines = file_400(
        "341",
        [[*event_400("341", "02"), pix], [*event_400("341", "02"), failed], event_400("341", "06")],
    )
    assert [e.pix for e in events_of(as_bytes(lines))] == [emv, "", ""]


# --- what is refused


def test_a_file_that_is_cut_is_refused():
    lines = file_240("756", PAID)
    for cut in (lines[:-1], lines[:-2], lines[:5], [*lines[:4], *lines[6:]], lines + lines[-1:]):
        assert refusal(as_bytes(cut)) == "cut"
    details = file_400("237", [event_400("237", "06", paid=1)] * 3)
    for cut in (details[:-1], details[:1] + details[2:], details + details[1:2]):
        assert refusal(as_bytes(cut)) == "cut"


def test_a_lot_that_has_lost_lines_is_refused_although_the_whole_counts_right():
    """Its trailer and the file's: lines were lost before both were written, or moved between lots."""
    head, *one, last = file_240("756", PAID)
    two = [text[:3] + "0002" + text[7:] for text in one]
    moved = [*one[:-1], *two[1:3], one[-1], two[0], *two[3:]]
    for lots, code in (([*one, *two], None), (moved, "cut")):
        whole = as_bytes([head, *lots, last[:23] + f"{len(lots) + 2:06}" + last[29:]])
        if code is None:
            assert len(events_of(whole)) == 2 * len(PAID)
        else:
            assert refusal(whole) == code
    for unsaid in ("000000", " " * 6):
        end = one[-1][:17] + unsaid + one[-1][23:]
        assert len(events_of(as_bytes([head, *one[:-1], end, last]))) == len(PAID)


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (b"", "empty"), (b"\r\n", "empty"), (b"%PDF-1.7\n" + b"x" * 300, "not_a_return"),
        (as_bytes([file_240("756", [])[0].replace("00000", "00001", 1)]), "not_a_return"),
        (as_bytes([file_240("756", [])[0][:142] + "1"]), "remessa"),
        (b"01REMESSA01COBRANCA", "remessa"),
        (as_bytes(file_240("756", [])).replace(b"756", b"999"), "unknown_bank"),
        (as_bytes(file_240("104", [], use="RETORNO-TESTE")), "test"),
        (as_bytes(file_240("104", [], use="REMESSA REJEITADA")), "remessa_refused"),
        (as_bytes(file_240("001", [])).replace(b"0001T01", b"0001T01".ljust(7)), None),
    ],
)  # fmt: skip
def test_what_is_no_return_file_is_refused_by_name(data: bytes, code: str | None):
    if code is None:
        assert events_of(data) == []
    else:
        assert refusal(data) == code


def test_a_test_lot_of_banco_do_brasil_is_refused():
    lines = file_240("001", [])
    lines[1] = lines[1][:51] + "TS" + lines[1][53:]
    assert refusal(as_bytes(lines)) == "test"


def test_a_damaged_line_is_named():
    lines = file_240("756", PAID)
    lines[5] = lines[5][:77] + "00000000001O000" + lines[5][92:]
    with pytest.raises(ValidationError, match="linha 5"):
        events_of(as_bytes(lines))
    assert refusal(as_bytes(file_240("756", [PAID[0][:1]]))) == "damaged"
    assert refusal(as_bytes(file_240("756", [PAID[0][1:]]))) == "damaged"
    assert refusal(as_bytes(file_240("756", [PAID[0][:1], PAID[0][:1]]))) == "damaged"


def test_parts_are_small_and_lose_nothing(monkeypatch):
    """Wherever a part ends, between segments T and U too, the events are the same."""
    details = [[*event_400("341", "02"), line(400, {(1, 1): "3", (2, 391): "E" * 390})]] * 4
    for data in (as_bytes(file_240("756", PAID)), as_bytes(file_400("341", details))):
        whole = events_of(data)
        for size in (1, 241, 700, 1300):
            monkeypatch.setattr(cnab_reading, "PART", size)
            assert events_of(data) == whole
        monkeypatch.undo()


def test_a_part_is_read_in_the_sandbox():
    data = as_bytes(file_240("756", PAID))
    assert sandbox.run(survey, io.BytesIO(data)).events == 3
    part = sandbox.run(packed_part, io.BytesIO(data), "756", 240, 0, 0)
    assert [e._replace(line=0) for e in unpacked(part.packed)] == [
        e._replace(line=0) for e in events_of(data)
    ]
    with pytest.raises(sandbox.ParserRefused):
        sandbox.run(survey, io.BytesIO(data[:-500]))


def test_spoilt_files_are_read_or_refused_in_our_words():
    samples = [as_bytes(file_240("756", PAID)), as_bytes(file_400("341", [event_400("341", "06")]))]
    assert survives(events_of, samples, seed=10) >= FEWEST


def test_every_table_says_whose_it_is():
    for (bank, width), table in TABLES.items():
        assert (table.bank, table.width) == (bank, width)
        assert table.version
        assert {"movement", "number", "document", "face", "fee", "reasons"} <= table.first.keys()
