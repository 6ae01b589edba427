"""What is read of sound mails, and of each oddity that real mailboxes are known to receive."""

import base64
import time
from datetime import UTC, datetime

import pytest

from portal import sandbox
from tests.tickets.mail.mails import PDF, PNG, file_part, inner, joined, mail, multipart, part
from tickets.mail import headers, parts, reading
from tickets.mail.message import Defect
from tickets.mail.reading import examine, read

ACCENTS = "Solicitação de emplacamento não concluída, às 10h"


def test_a_sound_mail():
    found = read(
        mail(
            "Olá\r\nBoa tarde\r\n",
            Content_Type="text/plain; charset=utf-8",
            Cc="bruno@b.example, Carla <carla@c.example>",
            In_Reply_To="<a@x.example>",
            References="<r1@x.example>\r\n <r2@x.example> <a@x.example>",
        )
    )
    assert (found.from_.address, found.from_.name) == ("ana@cliente.example", "Ana Souza")
    assert found.from_.is_usable
    assert [one.address for one in found.cc] == ["bruno@b.example", "carla@c.example"]
    assert (found.message_id, found.in_reply_to) == ("m1@cliente.example", "a@x.example")
    assert found.references == ["r1@x.example", "r2@x.example", "a@x.example"]
    assert found.date == datetime(2026, 11, 3, 13, 12, tzinfo=UTC)
    assert (found.text, found.html, found.defects) == ("Olá\nBoa tarde", "", [])


def test_what_is_missing_is_named_and_the_text_kept():
    found = read(b"\r\n\r\nSubject: x\r\n\r\nBom dia")
    assert (found.from_.address, found.from_.is_usable, found.date) == ("", False, None)
    assert {Defect.NO_FROM, Defect.NO_DATE, Defect.NO_MESSAGE_ID} <= set(found.defects)
    assert (found.subject, found.text) == ("x", "Bom dia")


@pytest.mark.parametrize(
    "raw", [b"", b"\0", b"\r\n", b"no header at all\r\n\r\nnor here", b"\xff" * 50]
)
def test_what_is_no_mail_is_read_too(raw):
    assert read(raw).from_.address == ""


@pytest.mark.parametrize(
    ("value", "address", "defect"),
    [
        ("joão@cliente.example", "joão@cliente.example", Defect.UNUSABLE_FROM),
        ("root@local", "root@local", Defect.UNUSABLE_FROM),
        ("a@x.example, b@x.example", "a@x.example", Defect.SEVERAL_FROM),
        ("Fulano de Tal", "", Defect.UNUSABLE_FROM),
        ("", "", Defect.NO_FROM),
    ],
)
def test_a_sender_to_whom_nothing_can_be_sent_is_kept_and_flagged(value, address, defect):
    found = read(mail(From=value))
    assert (found.from_.address, found.from_.is_usable) == (address, False)
    assert defect in found.defects


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("a@b.example <c@d.example>", [("c@d.example", "a@b.example")]),
        ("Suporte @ Balcão <c@d.example>", [("c@d.example", "Suporte @ Balcão")]),
        (
            '"Souza, Ana" <a@b.example>; c@d.example',
            [("a@b.example", "Souza, Ana"), ("c@d.example", "")],
        ),
        ("=?utf-8?Q?Souza=2C_Ana?= <a@B.Example>", [("a@b.example", "Souza, Ana")]),
        ("a@b.example (Ana)", [("a@b.example", "Ana")]),
        ("undisclosed-recipients:;", []),
        ("Equipe: a@b.example, c@d.example;", [("a@b.example", ""), ("c@d.example", "")]),
        ("<a@b.example", [("a@b.example", "")]),
        ("'a@b.example'", [("a@b.example", "")]),
        ('"a', [("", "a")]),
    ],
)
def test_addresses_that_others_refuse(value, expected):
    assert [(one.address, one.name) for one in read(mail(To=value)).to] == expected


@pytest.mark.parametrize(
    "value",
    ["x" * 181, "ontem à tarde", "Tue, 99 Foo 2026 10:00:00", "Mon, 1 Jan 9999 00:00:00 +0000",
     "Mon, 1 Jan 2026 00:00:00 +99999999999999999999", "1 Jan 2026 25:61:00"],
)  # fmt: skip
def test_a_date_without_sense_is_no_date(value):
    found = read(mail(Date=value))
    assert found.date is None
    assert Defect.BAD_DATE in found.defects


@pytest.mark.parametrize(
    ("charset", "codec", "text"),
    [
        *(
            (name, "cp1252", ACCENTS)
            for name in ("base64", "zip", "rot13", "uu", "undefined", "mbcs")
        ),
        ("iso-gb2312", "gb18030", "车辆登记申请"),
        ("X-GBK", "gbk", "车辆登记申请"),
        ("x-mac-cyrillic", "mac_cyrillic", "Добрый день"),
        ("ks_c_5601-1987", "cp949", "안녕하세요"),
        ("iso-8859-1", "cp1252", "“Olá” – não"),
        ("", "utf-8", ACCENTS),
        ("", "cp1252", ACCENTS),
        ("utf-8", "cp1252", ACCENTS),
        ("us-ascii", "utf-8", ACCENTS),
        ("nao-existe", "utf-8", ACCENTS),
        ("unicode_escape", "utf-8", ACCENTS),
        ("", "iso2022_jp", "こんにちは"),
        ("x-unknown", "cp1251", "Добрый день, прошу зарегистрировать автомобиль на меня"),
    ],
)
def test_charsets_by_other_names_empty_or_wrong(charset, codec, text):
    found = read(mail(text.encode(codec), Content_Type=f'text/plain; charset="{charset}"'))
    assert found.text == text


def test_a_text_cut_in_a_character_stays_in_its_charset():
    data = (ACCENTS * 3).encode() + "ç".encode()[:1]
    found = read(mail(data, Content_Type="text/plain; charset=utf-8"))
    assert found.text == ACCENTS * 3 + "\ufffd"
    assert Defect.BAD_CHARACTERS in found.defects


def test_a_long_body_is_kept_whole_without_nul():
    text = "linha com \0 e acentuação\r\n" * 40_000
    found = read(mail(text, Content_Type="text/plain; charset=utf-8"))
    assert found.text.count("acentuação") == 40_000
    assert "\0" not in found.text


@pytest.mark.parametrize(
    ("subject", "expected"),
    [
        (b"=?utf-8?B?U29saWNpdGHD?= =?utf-8?B?p8Ojbw==?=", "Solicitação"),
        (b"=?iso-8859-1?Q?Solicita=E7=E3o?= de =?utf-8?q?placa?=", "Solicitação de placa"),
        ("Solicitação".encode(), "Solicitação"),
        ("Solicitação".encode("cp1252"), "Solicitação"),
        (b"=?utf-8?Q?Tudo_bem??=", "Tudo bem?"),
        (b"=?nao-existe?Q?a=C3=A7?=", "aç"),
        (b"=?utf-8?B?U29saWNpdGHDp8Ojbw?=", "Solicitação"),
        (b"a\0b\r\n c", "ab c"),
        (b"=?utf-8?Q?a=0D=0ABcc:_x?=", "a Bcc: x"),
    ],
)
def test_subjects(subject, expected):
    assert read(mail(Subject=subject)).subject == expected


def test_a_content_type_that_is_an_encoded_word():
    encoded = base64.b64encode(b'multipart/mixed; boundary="b"').decode()
    raw = mail(
        joined([part("Bom dia"), file_part(PDF, "x/y")]), Content_Type=f"=?utf-8?B?{encoded}?="
    )
    found = read(raw)
    assert found.text == "Bom dia"
    assert [one.type for one in found.attachments] == ["application/pdf"]


def test_the_type_of_a_file_is_told_by_its_bytes():
    found = read(multipart("mixed", part("a"), file_part(PNG, "application/pdf; name=a.pdf")))
    assert [(one.name, one.type, one.declared) for one in found.attachments] == [
        ("a.pdf", "image/png", "application/pdf")
    ]


def test_a_file_that_calls_itself_text_is_a_file():
    found = read(multipart("mixed", part("a"), file_part(PDF, "text/plain")))
    assert (found.text, [one.type for one in found.attachments]) == ("a", ["application/pdf"])


@pytest.mark.parametrize(
    "disposition",
    [
        "attachment; filename*=UTF-8''Declara%C3%A7%C3%A3o.pdf",
        "attachment; filename*0*=UTF-8''Declara%C3%A7; filename*1*=%C3%A3o.pdf",
        'attachment; filename="=?utf-8?B?RGVjbGFyYcOnw6NvLnBkZg==?="',
        'attachment; filename="=?iso-8859-1?Q?Declara=E7=E3o?=\r\n =?iso-8859-1?Q?.pdf?="',
        'attachment; filename="Declaração.pdf"',
        "attachment; filename=\"UTF-8''Declara%C3%A7%C3%A3o.pdf\"",
        'attachment; filename="C:\\\\docs\\\\Declaração.pdf"',
        'attachment; filename="../../Declaração.pdf"',
        'attachment; filename="Declara\u202eção.pdf"',
    ],
)
def test_file_names_in_each_way_of_writing_them(disposition):
    raw = multipart("mixed", file_part(PDF, "application/pdf", Content_Disposition=disposition))
    assert [one.name for one in read(raw).attachments] == ["Declaração.pdf"]


def test_a_picture_as_the_only_body():
    raw = mail(base64.b64encode(PNG), Content_Type="image/png", Content_Transfer_Encoding="BASE64 ")
    [picture] = read(raw).attachments
    assert (picture.content, picture.name) == (PNG, "attachment.png")


def test_what_is_not_the_base64_that_it_says_is_kept_as_it_came():
    found = read(mail("Bom dia a todos da equipe", Content_Transfer_Encoding="base64"))
    assert found.text == "Bom dia a todos da equipe"
    assert Defect.BAD_ENCODING in found.defects


def test_lines_below_base64_are_kept_as_they_are():
    encoded = base64.encodebytes(ACCENTS.encode()).decode()
    body = f"{encoded}\r\n_____\r\nAviso: mensagem verificada pelo provedor\r\n"
    found = read(
        mail(body, Content_Transfer_Encoding="base64", Content_Type="text/plain; charset=utf-8")
    )
    assert found.text.startswith(ACCENTS)
    assert found.text.endswith("Aviso: mensagem verificada pelo provedor")


def test_a_mail_inside_is_kept_byte_for_byte_and_not_merged():
    original = mail("texto de outro", Subject="=?utf-8?q?a=C3=A7?=", X_Odd="  two  spaces")
    found = read(multipart("mixed", part("veja"), part(original, "message/rfc822")))
    [kept] = found.attachments
    assert (found.text, found.subject) == ("veja", "Placa")
    assert (kept.content, kept.type, kept.name) == (original, "message/rfc822", "message.eml")


@pytest.mark.parametrize(
    "disposition", ["attachment", "inline; filename=a.csv", "inline; filename*=utf-8''a.csv"]
)
def test_a_text_that_is_a_file_is_not_shown_as_the_text(disposition):
    raw = multipart("mixed", part("Segue"), part("a;b", Content_Disposition=disposition))
    found = read(raw)
    assert (found.text, [one.content for one in found.attachments]) == ("Segue", [b"a;b"])


def test_tnef_and_invites_are_kept():
    invite = "BEGIN:VCALENDAR\r\nMETHOD:REQUEST\r\nEND:VCALENDAR\r\n"
    found = read(
        multipart(
            "mixed",
            inner("alternative", part("Reunião"), part(invite, "text/calendar"), boundary="c"),
            file_part(b"\x78\x9f\x3e\x22rest", "application/octet-stream"),
        )
    )
    assert found.text == "Reunião"
    kept = [(one.type, one.name) for one in found.attachments]
    assert kept == [("text/calendar", "invite.ics"), ("application/ms-tnef", "winmail.dat")]


def test_texts_around_a_file_are_one_text():
    raw = multipart("mixed", part("antes"), file_part(PDF, "application/pdf"), part("depois"))
    assert read(raw).text == "antes\n\ndepois"


def test_of_alternatives_the_plain_one_is_the_text_unless_it_is_empty():
    html = part("<p>Olá <b>mundo</b></p>", "text/html; charset=utf-8")
    both = read(multipart("alternative", part("Olá"), html))
    assert (both.text, both.html) == ("Olá", "<p>Olá <b>mundo</b></p>")
    assert read(multipart("alternative", part("  \r\n"), html)).text == "Olá mundo"


def test_pictures_that_the_html_shows_are_inline_and_others_are_not():
    shown, other = "Content-ID: <a%b@x>", "<c@x>"
    html = part('<p><img src="cid:a%25b@x"></p>', "text/html")
    picture = file_part(PNG, "image/png", Content_ID=shown.partition(": ")[2])
    found = read(multipart("related", html, picture, file_part(PNG, "image/png", Content_ID=other)))
    assert [(one.content_id, one.is_inline) for one in found.attachments] == [
        ("a%b@x", True),
        ("c@x", False),
    ]


def test_forty_copies_of_a_logo_have_one_digest():
    copies = [file_part(PNG, "image/png", Content_ID=f"<{n}@x>") for n in range(43)]
    found = read(multipart("related", part("a"), *copies))
    assert len(found.attachments) == 43
    assert len({one.sha256 for one in found.attachments}) == 1


def nested(levels: int) -> bytes:
    body = part("no fundo")
    for level in range(levels):
        body = inner("mixed", body, boundary=f"n{level}")
    return mail().replace(b"\r\n\r\nBom dia", b"\r\n" + body)


def test_fifty_levels_are_read_and_a_thousand_are_kept():
    assert read(nested(50)).text == "no fundo"
    deep = read(nested(1_000))
    assert Defect.TOO_DEEP in deep.defects
    assert b"no fundo" in deep.attachments[0].content


def test_of_thousands_of_parts_the_first_are_read():
    found = read(multipart("mixed", part("a"), *[file_part(PDF, "application/pdf")] * 3_000))
    assert len(found.attachments) == parts.MOST_LEAVES - 1
    assert Defect.TOO_MANY_PARTS in found.defects


def test_of_a_mail_that_is_too_long_the_beginning_is_read(monkeypatch):
    monkeypatch.setattr(reading, "MOST_BYTES", 2_000)
    raw = multipart("mixed", part("Segue o arquivo"), file_part(b"\0" * 9_000, "x/y"))
    found = read(raw)
    assert (found.text, found.attachments) == ("Segue o arquivo", [])
    assert Defect.TOO_LARGE in found.defects


def test_a_multipart_without_its_boundary_is_shown_as_text():
    found = read(mail("Bom dia", Content_Type="multipart/mixed; boundary=zzz"))
    assert found.text == "Bom dia"
    assert Defect.BROKEN_MULTIPART in found.defects


def test_the_line_that_separates_mails_in_an_mbox_is_no_header():
    found = read(b"From ana@x.example Tue Nov  3 10:12:00 2026\n" + mail())
    assert (found.from_.address, found.defects) == ("ana@cliente.example", [])


@pytest.mark.parametrize("html", ["<div>" * 600, "<div>" * 200_000, "<p>a</p>" * 300_000])
def test_html_made_to_slow_the_reader_leaves_its_text(html):
    found = read(mail(f"{html}Olá &amp; até", Content_Type="text/html; charset=utf-8"))
    assert found.html == ""
    assert found.text.endswith("Olá & até")
    assert Defect.HTML_TOO_HEAVY in found.defects


def test_html_without_a_word_is_not_called_too_heavy():
    found = read(mail("<script>x()</script>", Content_Type="text/html"))
    assert (found.text, found.html, found.defects) == ("", "", [])


def test_the_key_is_the_same_on_another_way_and_differs_where_an_id_is_given_twice():
    one = read(mail(Received="by a"))
    assert one.key == read(mail(Received="by b", Delivered_To="x@y.example")).key
    assert one.key != read(mail(Subject="Outro")).key
    assert read(mail(Message_ID=None)).key != read(mail(Message_ID=None, Received="by b")).key


def test_headers_that_servers_write_are_not_decoded():
    raw = mail(Authentication_Results="mx; spf=fail smtp.mailfrom==?utf-8?q?x;_dmarc=3Dpass?=@y")
    assert "dmarc=pass" not in read(raw).header("authentication-results")


def test_only_the_headers():
    found = reading.examine_headers(
        multipart("mixed", part("a"), file_part(PDF, "application/pdf"))
    )
    assert (found.subject, found.text, found.attachments) == ("Placa", "", [])
    assert Defect.ONLY_HEADERS in found.defects


def test_the_sandbox_gives_the_same_mail():
    raw = multipart(
        "mixed", part(ACCENTS), file_part(bytes(range(256)) * 40, "x/y"), Cc="a@b.example"
    )
    assert examine(raw) == read(raw)


def test_what_takes_too_long_is_one_answer_of_ours():
    with pytest.raises(sandbox.NotExamined):
        sandbox.run(
            read,
            b"X: y\r\n" * 2_000_000,
            limits=sandbox.Limits(cpu_seconds=1),
        )


def test_a_header_made_to_slow_the_reader_does_not():
    start = time.process_time()
    for value in (
        "=?utf-8?q?" * 20_000,
        "<" * 200_000,
        '"' * 200_000,
        "(" * 200_000,
        "@" * 200_000,
    ):
        headers.decoded(value)
        headers.addresses([value])
        headers.ids([value])
    assert time.process_time() - start < 10
