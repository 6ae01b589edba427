"""Mail of ours that comes back, and what automatic mail is counted by."""

import pytest

from tests.tickets.mail.mails import bounce, mail
from tickets.mail import loops
from tickets.mail.reading import read

BOXES = ["os@prov.example"]


@pytest.mark.parametrize(
    ("raw", "reason"),
    [
        (mail(), ""),
        (mail(Message_ID="<os.7.9.abc@Balcao.example>"), "own_message_id"),
        (mail(Message_ID=f"<{'0a' * 16}@balcao.example>"), "own_message_id"),
        (bounce(Message_ID="<20261103101200.4XyZ@balcao.example>"), ""),  # of the server beside us
        (mail(Message_ID="<os.7.9.abc@outrobalcao.example>"), ""),
        (mail(From="OS+abc@prov.example"), "own_address"),
        (mail(X_Loop="<os@prov.example>"), "own_loop_mark"),
        (mail(From=None), ""),
        (bounce(), ""),
    ],
)
def test_what_counts_as_ours(raw, reason):
    assert loops.returns_to_us(read(raw), host="balcao.example", mailboxes=BOXES) == reason


def test_automatic_mail_is_counted_by_address_domain_and_order():
    expected = {"address": "ana@x.example", "domain": "x.example", "ticket": "7"}
    assert loops.keys("Ana+aviso1@X.example", 7) == expected


@pytest.mark.parametrize("name", ["address", "domain", "ticket"])
def test_each_count_alone_ends_it(name):
    most = loops.AUTOMATIC_AN_HOUR[name]
    assert loops.may_answer({name: most - 1})
    assert not loops.may_answer({name: most})


def test_an_order_is_reopened_by_mail_a_few_times_a_day():
    assert loops.may_reopen(loops.REOPENINGS_A_DAY - 1)
    assert not loops.may_reopen(loops.REOPENINGS_A_DAY)
