"""Folders of mails: how they are found, and that hundreds of spoiled ones come to a clear end."""

from itertools import islice

import pytest

from portal import sandbox
from tests.fuzzing import spoiled
from tests.tickets.mail.mails import mail
from tests.tickets.mail.samples import SAMPLES
from tickets.mail import corpus
from tickets.mail.reading import read

FROM = b"From ana@x.example Tue Nov  3 10:12:00 2026\n"


def test_three_kinds_of_files_are_read_and_others_left(tmp_path):
    (tmp_path / "a").mkdir()
    (tmp_path / "a" / "1.EML").write_bytes(mail())
    (tmp_path / "2.raw").write_bytes(mail())
    (tmp_path / "3.box").write_bytes(FROM + mail() + b"\n\n" + FROM + mail(Subject="Outro"))
    (tmp_path / "4.txt").write_bytes(mail())
    found = dict(corpus.mails_in(tmp_path))
    assert list(found) == ["2.raw", "3.box#1", "3.box#2", "a/1.EML"]
    assert read(found["3.box#2"]).subject == "Outro"


@pytest.mark.parametrize(
    ("raw", "count"),
    [
        (mail(), 1),
        (mail("Oi\n\nFrom ana@x.example Tue Nov  3 10:12:00 2026\n"), 1),  # it is no mbox
        (FROM + mail("Oi\n\nFrom my side all is well\n"), 1),
        (FROM + mail("Oi\nFrom x Tue Nov  3 10:12:00 2026\n"), 1),  # no blank line before
        (FROM + mail() + b"\r\n\r\n" + FROM + mail() + b"\n\n" + FROM, 3),
        (b"", 1),
    ],
)
def test_an_mbox_is_cut_at_its_own_lines(tmp_path, raw, count):
    (tmp_path / "a.mbox").write_bytes(raw)
    found = [part for _name, part in corpus.mails_in(tmp_path)]
    assert len(found) == count
    assert b"".join(found) == raw


def test_three_hundred_spoiled_mails_come_to_a_clear_end(tmp_path):
    for number, data in enumerate(islice(spoiled(SAMPLES, seed=9), 300)):
        (tmp_path / f"{number:03}.eml").write_bytes(data)
    rows = [corpus.check(*found, read=read) for found in corpus.mails_in(tmp_path)]
    assert len(rows) == 300
    assert not [row for row in rows if row.has_failed or not row.is_valid]


def test_the_table_names_what_failed_and_counts_the_classes():
    def breaks(raw):
        raise KeyError

    def refuses(raw):
        raise sandbox.TooCostly

    rows = [
        corpus.check("a.eml", mail(), read=read),
        corpus.check("b.eml", mail(Auto_Submitted="auto-replied"), read=read),
        corpus.check("c.eml", b"", read=breaks),
        corpus.check("d.eml", b"", read=refuses),
    ]
    assert [row.has_failed for row in rows] == [False, False, True, False]
    lines = list(corpus.table(rows))
    assert lines[-2] == "4 mails. KeyError: 1, auto: 1, normal: 1, too_costly: 1"
    assert lines[-1] == "not one entry: 0, not valid: 1, raised: 1, raw not kept: 0"
    assert "auto:auto_submitted" in lines[2]


def test_one_text_that_cannot_be_stored_is_seen():
    assert not corpus.is_storable("a\0")
    assert not corpus.is_storable("\ud800")
    assert all(map(corpus.is_storable, corpus.texts_of(read(mail("a\0b", Subject=b"\xff\0")))))
