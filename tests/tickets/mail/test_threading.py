"""What a mail names of an order, in the order in which it is tried."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.tickets.mail.mails import mail
from tickets.mail.reading import read
from tickets.mail.threading import By, candidates

HOST = "balcao.example"
TOKEN, OTHER = "0123456789ABCDEFabcdef", "zyxwvutsrqponmlkjihgfe"


def found(**headers):
    return [(one.by, one.value) for one in candidates(read(mail(**headers)), host=HOST)]


def test_the_surest_comes_first():
    named = candidates(
        read(
            mail(
                To=f"os+{TOKEN}@prov.example",
                In_Reply_To="<x@cliente.example>",
                References=f"<os.7@{HOST}> <os.7.9.{OTHER}@{HOST}> <y@cliente.example>",
                Subject="Re: [O.S. 2026-0000001-8] Placa",
            )
        ),
        host=HOST,
    )
    assert [(one.by, one.value) for one in named] == [
        (By.PARTICIPANT, TOKEN),
        (By.PARTICIPANT, OTHER),
        (By.MESSAGE_ID, "x@cliente.example"),
        (By.MESSAGE_ID, "y@cliente.example"),
        (By.MESSAGE_ID, f"os.7.9.{OTHER}@{HOST}"),
        (By.MESSAGE_ID, f"os.7@{HOST}"),
        (By.ROOT, "7"),
        (By.NUMBER, "2026-0000001-8"),
    ]
    assert (named[1].ticket, named[1].entry) == (7, 9)


@pytest.mark.parametrize("header", ["To", "Cc", "Delivered_To", "X_Original_To", "Envelope_To"])
def test_the_token_is_found_wherever_the_address_is_named(header):
    assert found(**{header: f"Suporte <suporte+{TOKEN}@prov.example>"}) == [(By.PARTICIPANT, TOKEN)]


@pytest.mark.parametrize(
    "address",
    [f"os+{TOKEN}x@p.example", f"os+{TOKEN[1:]}@p.example", f"{TOKEN}@p.example", "os+@p.example"],
)
def test_what_is_not_of_the_tokens_length_is_none(address):
    assert found(To=address) == []


def test_an_id_of_our_form_from_elsewhere_is_only_an_id():
    foreign = f"os.7.9.{TOKEN}@outro.example"
    assert found(In_Reply_To=f"<{foreign}>") == [(By.MESSAGE_ID, foreign)]


def test_references_are_tried_from_the_right_each_once():
    named = found(
        References="<a@x.example> <b@x.example> <a@x.example>", In_Reply_To="<b@x.example>"
    )
    assert [value for _by, value in named] == ["b@x.example", "a@x.example"]


@pytest.mark.parametrize(
    ("subject", "expected"),
    [
        ("Re: 2026-0000123-4", ["2026-0000123-4"]),
        ("O.S. 202600001234", ["2026-0000123-4"]),
        ("RES: (2026.0000123/4)", ["2026-0000123-4"]),
        ("ENC: 2026–0000123–4", ["2026-0000123-4"]),
        ("OS #00002172", ["00002172"]),
        ("2026-0000123-4 e 00002172", ["2026-0000123-4", "00002172"]),
        ("CNPJ 00.000.000/0001-91, protocolo 12026000012345", []),
        ("Nota 12345678", []),
        ("Placa ABC00002172", []),
    ],
)
def test_numbers_in_the_subject(subject, expected):
    assert [value for _by, value in found(Subject=subject)] == expected


@given(st.text(max_size=60))
def test_no_subject_raises_and_each_number_has_one_form(subject):
    for one in candidates(read(mail(Subject=subject.encode("utf-8", "replace"))), host=HOST):
        assert len(one.value) in {8, 14}
