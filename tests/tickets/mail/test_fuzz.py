"""Spoiled mails are read, classed, judged and split without an exception; nothing hangs."""

from tests.fuzzing import FEWEST, survives, survives_in_sandbox
from tests.tickets.mail.samples import SAMPLES
from tickets.mail import corpus, loops
from tickets.mail.classify import classify
from tickets.mail.quotes import split_html, split_text
from tickets.mail.reading import examine, read, read_headers
from tickets.mail.threading import candidates
from tickets.mail.trust import MICROSOFT, judge


def take_in(raw):
    """All that is asked of a mail before it reaches the database."""
    mail = read(raw)
    assert all(map(corpus.is_storable, corpus.texts_of(mail)))
    classify(mail)
    candidates(mail, host="balcao.example")
    loops.returns_to_us(mail, host="balcao.example", mailboxes=["os@balcao.example"])
    for authserv_id in ("mx.example", MICROSOFT):
        judge(mail, authserv_id=authserv_id, arc_sealers=["x.example"])
    parts = split_text(mail.text)
    assert parts.own + parts.quoted == mail.text
    split_html(mail.html)
    read_headers(raw)


def test_mail():
    assert survives(take_in, SAMPLES, seed=1) >= FEWEST
    survives_in_sandbox(examine, SAMPLES, seed=2)
