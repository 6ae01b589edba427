"""Persons, programs, and mail systems that could not deliver."""

import pytest

from tests.tickets.mail import calendars
from tests.tickets.mail.mails import bounce, file_part, mail, multipart, part
from tickets.mail import corpus
from tickets.mail.classify import Kind, classify
from tickets.mail.reading import examine, read


def of(**headers):
    return classify(read(mail(**headers)))


@pytest.mark.parametrize(
    ("headers", "code"),
    [
        ({}, "normal"),
        ({"Auto_Submitted": "no"}, "normal"),
        ({"Auto_Submitted": "No (a person)"}, "normal"),
        ({"Auto_Submitted": "auto-replied"}, "auto:auto_submitted"),
        ({"Auto_Submitted": "auto-generated; x=y"}, "auto:auto_submitted"),
        ({"X_Autoreply": "yes"}, "auto:auto_header"),
        ({"X_Autorespond": "Placa"}, "auto:auto_header"),
        ({"X_Autoresponder": "1"}, "auto:auto_header"),
        ({"X_Autoreply": "no"}, "normal"),
        ({"Precedence": "auto_reply"}, "auto:precedence"),
        ({"X_Precedence": "bulk"}, "auto:precedence"),
        ({"Return_Path": "<>"}, "auto:null_sender"),
        ({"Return_Path": "<ana@cliente.example>"}, "normal"),
        ({"From": "postmaster@x.example", "Return_Path": "<postmaster@x.example>"}, "normal"),
        ({"From": "postmaster@x.example"}, "auto:daemon"),
        ({"From": "MAILER-DAEMON@x.example", "Return_Path": "<a@x.example>"}, "bounce:daemon"),
        ({"Subject": "Resposta automática: Placa"}, "normal"),  # wording alone decides nothing
        ({"From": "MAILER-DAEMON@x.example", "Return_Path": "<>"}, "bounce:null_sender_and_daemon"),
        ({"X_Failed_Recipients": "a@b.example"}, "bounce:failed_recipients"),
    ],
)  # fmt: skip
def test_headers_decide(headers, code):
    assert of(**headers).code == code


def test_a_mail_of_a_list_is_taken_and_not_answered():
    found = of(List_Id="<lista.example>")
    assert (found.kind, found.reason, found.is_list) == (Kind.NORMAL, "list", True)
    assert not found.may_be_answered


def test_who_asks_for_no_answers_or_cannot_get_one_gets_none():
    assert of().may_be_answered
    assert not of(X_Auto_Response_Suppress="All").may_be_answered
    assert not of(From="root@local").may_be_answered


def test_a_bounce_names_who_was_not_reached_and_which_mail_it_was():
    found = classify(examine(bounce()))
    assert (found.code, found.failed) == ("bounce:delivery_status", ["ana@cliente.example"])
    assert found.returned_ids == ["os.7.9.abc@balcao.example"]


@pytest.mark.parametrize("action", ["delayed", "delivered", "relayed"])
def test_a_report_of_delay_or_delivery_is_no_bounce(action):
    status = f"Final-Recipient: rfc822; ana@cliente.example\r\nAction: {action}\r\nStatus: 4.0.0"
    found = classify(read(bounce(status)))
    assert (found.code, found.failed) == (f"auto:delivery_{action}", [])


def test_a_report_with_nul_in_it_can_be_stored():
    raw = bounce("Final-Recipient: rfc822; a@x.example\r\nAction: failed\r\nStatus: 5\0.1")
    mail = read(raw.replace(b"delivery-status;", b"deli\0very-status;"))
    assert all(map(corpus.is_storable, corpus.texts_of(mail)))


def test_of_several_recipients_those_that_failed():
    status = (
        "Final-Recipient: rfc822; a@x.example\r\nAction: delivered\r\n\r\n"
        "Original-Recipient: rfc822;b@x.example\r\nFinal-Recipient: rfc822;c@y.example\r\nAction: FAILED"
    )
    assert classify(read(bounce(status))).failed == ["b@x.example"]


def test_a_bounce_of_text_alone():
    text = (
        "This is the mail system at host mx.example.\r\n\r\n"
        "I'm sorry to have to inform you that your message could not\r\nbe delivered to one or more "
        "recipients.\r\n\r\n<ana@cliente.example>: unknown user\r\n\r\n"
        "----- Original message -----\r\n\r\nMessage-ID: <os.7.9.abc@balcao.example>\r\nSubject: Placa\r\n"
    )
    raw = mail(
        text, From="postmaster@mx.example", Return_Path="<>", References="<os.7@balcao.example>"
    )
    found = classify(read(raw))
    assert found.kind == Kind.BOUNCE
    assert found.returned_ids == ["os.7.9.abc@balcao.example", "os.7@balcao.example"]


def test_wordings_of_mail_systems_name_the_address():
    text = (
        "Hi. This is the qmail-send program at mx.example.\r\nI'm afraid I wasn't able to deliver your "
        "message to the following addresses.\r\nThis is a permanent error; I've given up. Sorry it "
        "didn't work out.\r\n\r\n<ana@cliente.example>:\r\nSorry, no mailbox here by that name.\r\n\r\n"
        "--- Below this line is a copy of the message.\r\n\r\nMessage-ID: <m@x>\r\n"
    )
    sender = "Serviço <MAILER-DAEMON@mx.example>"
    found = classify(read(mail(text, From=sender)))  # without Return-Path
    assert (found.code, found.failed) == ("bounce:daemon", ["ana@cliente.example"])


def test_an_mbox_says_itself_that_nobody_sent_it():
    raw = b"From MAILER-DAEMON Tue Nov  3 10:12:00 2026\n" + mail(From="postmaster@mx.example")
    assert classify(read(raw)).code == "bounce:null_sender_and_daemon"


def test_a_report_whose_parts_are_lost_is_a_bounce_by_its_sender():
    raw = mail(
        "The following addresses had problems",
        From="Mail Delivery Subsystem <x@mx.example>",
        Content_Type="multipart/report; report-type=delivery-status",
    )
    assert classify(read(raw)).code == "bounce:delivery_status"


def test_a_person_who_forwards_a_bounce_is_a_person():
    raw = multipart("mixed", part("O que é isto?"), part(bounce(), "message/rfc822"))
    assert classify(read(raw)).code == "normal"


def test_a_read_receipt_and_a_complaint_are_automatic():
    for kind, reason in (
        ("disposition-notification", "read_receipt"),
        ("feedback-report", "report"),
    ):
        content_type = f'multipart/report; report-type={kind}; boundary="b"'
        found = classify(read(multipart("report", part("lida"), Content_Type=content_type)))
        assert found.code == f"auto:{reason}"


@pytest.mark.parametrize(
    ("method", "code"),
    [("REQUEST", "normal"), ("CANCEL", "normal"), ("REPLY", "auto:invite_answer")],
)
def test_invites(method, code):
    event = f"BEGIN:VCALENDAR\r\nVERSION:2.0\r\nMETHOD:{method}\r\nEND:VCALENDAR\r\n".encode()
    found = classify(read(multipart("mixed", part("a"), file_part(event, "text/calendar"))))
    assert (found.code, found.invite) == (code, method)


@pytest.mark.parametrize(
    "shape", [calendars.outlook, calendars.gmail, calendars.apple, calendars.bare]
)
@pytest.mark.parametrize("method", ["REPLY", "COUNTER"])
def test_what_a_calendar_answers_is_automatic_whatever_program_wrote_it(shape, method):
    found = classify(read(shape(method)))
    assert (found.code, found.invite, found.may_be_answered) == (
        "auto:invite_answer", method, False,
    )  # fmt: skip
    assert classify(read(shape("REQUEST"))).code == "normal"


@pytest.mark.parametrize("raw", calendars.ODD.values(), ids=calendars.ODD.keys())
def test_odd_ways_of_writing_the_method_are_understood(raw):
    assert classify(read(raw)).invite == "REPLY"
