"""Answers to invitations, in the shapes in which calendar programs send them. All are invented."""

from tests.tickets.mail.mails import file_part, inner, mail, multipart, part

EVENT = """BEGIN:VCALENDAR
PRODID:{maker}
VERSION:2.0
CALSCALE:GREGORIAN
METHOD:{method}
BEGIN:VEVENT
DTSTART:20261203T130000Z
DTEND:20261203T133000Z
DTSTAMP:20261127T120000Z
ORGANIZER;CN=Suporte:mailto:os@provedor.example
UID:agendamento-7@balcao.example
ATTENDEE;CUTYPE=INDIVIDUAL;ROLE=REQ-PARTICIPANT;PARTSTAT={status};CN=Eliane
  Exemplo:mailto:eliane@exemplo.com.br
SEQUENCE:0
STATUS:CONFIRMED
SUMMARY:Emissão do certificado
END:VEVENT
END:VCALENDAR
"""
OF = "eliane@exemplo.com.br"


def calendar(method: str, *, status: str = "ACCEPTED", maker: str = "-//Exemplo//PT") -> str:
    return EVENT.format(method=method, status=status, maker=maker).replace("\n", "\r\n")


def outlook(method: str = "REPLY") -> bytes:
    """Text, page and calendar are alternatives; the calendar in base64."""
    event = calendar(method, maker="Microsoft Exchange Server 2010")
    return multipart(
        "alternative", part(""), part("<html><body></body></html>", "text/html; charset=utf-8"),
        file_part(event.encode(), f'text/calendar; charset="utf-8"; method={method}'),
        From=f"Eliane Exemplo <{OF}>", To="os@provedor.example", Subject="Aceito: Emissão",
        Content_Class="urn:content-classes:calendarmessage",
    )  # fmt: skip


def gmail(method: str = "REPLY") -> bytes:
    """Alternatives in a mixed mail, and the calendar once more as a file."""
    event = calendar(method, maker="-//Google Inc//Google Calendar 70.9054//EN").encode()
    words = inner(
        "alternative", part("Eliane Exemplo aceitou este convite."),
        part("<p>Eliane Exemplo aceitou este convite.</p>", "text/html; charset=utf-8"),
        part(event, f'text/calendar; charset="UTF-8"; method={method}'), boundary="c",
    )  # fmt: skip
    file = file_part(
        event, 'application/ics; name="invite.ics"',
        Content_Disposition='attachment; filename="invite.ics"',
    )  # fmt: skip
    return multipart(
        "mixed", words, file, From=f"Eliane Exemplo <{OF}>", To="os@provedor.example",
        Subject="Aceito: Emissão do certificado",
    )  # fmt: skip


def apple(method: str = "REPLY") -> bytes:
    """A text, and the calendar as a named part."""
    event = calendar(method, maker="-//Apple Inc.//macOS 15.1//EN").encode()
    return multipart(
        "mixed", part("Eliane Exemplo aceitou o convite.", 'text/plain; charset="utf-8"'),
        part(event, f'text/calendar; charset="utf-8"; method={method}; name="iCal-0.ics"',
             Content_Disposition='attachment; filename="iCal-0.ics"'),
        From=f"Eliane Exemplo <{OF}>", To="os@provedor.example", Subject="Aceito: Emissão",
    )  # fmt: skip


def bare(method: str = "REPLY") -> bytes:
    """The mail is the calendar."""
    return mail(
        calendar(method), Content_Type=f"text/calendar; charset=utf-8; method={method}",
        From=f"Eliane Exemplo <{OF}>", To="os@provedor.example", Subject="Aceito: Emissão",
    )  # fmt: skip


def with_bytes(content: bytes, content_type: str) -> bytes:
    return multipart("mixed", part("a"), file_part(content, content_type), From=OF)


ODD = {
    "small letters": with_bytes(calendar("reply").encode(), "text/calendar"),
    "a mark of the encoding": with_bytes(b"\xef\xbb\xbf" + calendar("REPLY").encode(), "text/calendar"),
    "UTF-16": with_bytes(calendar("REPLY").encode("utf-16"), "text/calendar; charset=utf-16"),
    "a parameter": with_bytes(calendar("REPLY").replace("METHOD:", "METHOD;X-A=b:").encode(), "text/calendar"),
    "only in the head of the part": with_bytes(
        calendar("REPLY").replace("METHOD:REPLY\r\n", "").encode(), "text/calendar; method=REPLY"
    ),
    "only as a file": with_bytes(calendar("REPLY").encode(), 'application/ics; name="invite.ics"'),
    "winmail.dat": with_bytes(
        b"\x78\x9f\x3e\x22\x01\x00\x01\x08\x80\x07\x00\x1f\x00\x00\x00IPM.Microsoft Schedule.MtgRespP\x00",
        "application/ms-tnef",
    ),
}  # fmt: skip
