"""Sound mails of many shapes, to be spoiled."""

from tests.tickets.mail.mails import PDF, PNG, bounce, file_part, inner, mail, multipart, part

_INVITE = b"BEGIN:VCALENDAR\r\nMETHOD:REQUEST\r\nEND:VCALENDAR\r\n"
_QUOTED = "Segue.\r\n\r\nEm 03/11/2026 10:12, Suporte escreveu:\r\n> Escreva sua resposta acima desta linha.\r\n> Oi\r\n"
_HTML = (
    '<div>Segue <b>isto</b> <img src="cid:logo@x"><table><tr><td>a</td></tr></table></div>'
    "<div>Em 03/11/2026 10:12, Suporte escreveu:</div><blockquote>Oi &amp; até</blockquote>"
)
SAMPLES = [
    mail(_QUOTED, Cc="Bruno <b@b.example>, c@c.example", References="<a@x> <os.7@balcao.example>"),
    mail("Solicitação".encode("cp1252"), Content_Type="text/plain; charset=iso-8859-1"),
    mail("车辆登记申请".encode("gb18030"), Content_Type='text/plain; charset="iso-gb2312"'),
    mail("Solicita=C3=A7=C3=A3o=\r\n de placa", Content_Transfer_Encoding="quoted-printable"),
    mail("begin 644 a\r\n#0V%T\r\n`\r\nend\r\n", Content_Transfer_Encoding="x-uuencode"),
    mail(Subject="=?utf-8?B?U29saWNpdGHDp8Ojbw==?= =?iso-8859-1?Q?Placa_=E7?= [O.S. 2026-0000001-8]"),
    multipart(
        "related",
        inner("alternative", part(_QUOTED), part(_HTML, "text/html; charset=utf-8"), boundary="c"),
        file_part(PNG, "image/png", Content_ID="<logo@x>"),
    ),
    multipart(
        "mixed",
        part("antes"),
        file_part(PDF, "x/y", Content_Disposition="attachment; filename*0*=UTF-8''De%C3%A7; filename*1=b.pdf"),
        part(mail(_QUOTED), "message/rfc822"),
        file_part(_INVITE, "text/calendar; method=REQUEST"),
        file_part(b"\x78\x9f\x3e\x22rest", "application/ms-tnef"),
    ),
    bounce(),
    mail(
        Authentication_Results='mx.example; dmarc=pass (p=NONE) header.from=cliente.example; spf=fail smtp.mailfrom="a;b"',
        To="os+0123456789ABCDEFabcdef@balcao.example",
        In_Reply_To="<os.7.9.0123456789ABCDEFabcdef@balcao.example>",
        Auto_Submitted="auto-replied",
        List_Id="<l.example>",
    ),
]  # fmt: skip
