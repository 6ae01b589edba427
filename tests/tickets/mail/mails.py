"""Mails made for the tests. All people and domains are invented."""

import base64
from collections.abc import Sequence
from typing import Any

HEAD = {
    "From": "Ana Souza <ana@cliente.example>",
    "To": "Suporte <os@balcao.example>",
    "Subject": "Placa",
    "Date": "Tue, 03 Nov 2026 10:12:00 -0300",
    "Message-ID": "<m1@cliente.example>",
}
PNG = base64.b64decode(
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="
)
PDF = b"%PDF-1.4\n%%EOF\n"


def mail(body: str | bytes = "Bom dia", **headers: str | bytes | None) -> bytes:
    """A mail with usual headers; ``Content_Type=…`` adds one, ``None`` takes one away."""
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    rows = [
        b"%s: %s" % (name.encode(), _bytes(value))
        for name, value in {**HEAD, **named}.items()
        if value is not None
    ]
    return b"\r\n".join([*rows, b"", _bytes(body)])


def part(
    body: str | bytes, content_type: str = "text/plain; charset=utf-8", **headers: str
) -> bytes:
    rows = [f"Content-Type: {content_type}"] if content_type else []
    rows += [f"{name.replace('_', '-')}: {value}" for name, value in headers.items()]
    return "\r\n".join([*rows, "", ""]).encode() + _bytes(body)


def file_part(content: bytes, content_type: str, **headers: str) -> bytes:
    encoded = base64.encodebytes(content)
    return part(encoded, content_type, Content_Transfer_Encoding="base64", **headers)


def joined(parts: Sequence[bytes], boundary: str = "b") -> bytes:
    mark = f"--{boundary}".encode()
    return b"".join(mark + b"\r\n" + one + b"\r\n" for one in parts) + mark + b"--\r\n"


def multipart(
    kind: str, *parts: bytes, boundary: str = "b", **headers: str | bytes | None
) -> bytes:
    content_type = f'multipart/{kind}; boundary="{boundary}"'
    return mail(joined(parts, boundary), **{"Content_Type": content_type, **headers})


def inner(kind: str, *parts: bytes, boundary: str) -> bytes:
    """A multipart to be put into another."""
    return part(joined(parts, boundary), f'multipart/{kind}; boundary="{boundary}"')


def bounce(
    status: str = "Final-Recipient: rfc822; ana@cliente.example\r\nAction: failed\r\nStatus: 5.1.1",
    original: bytes = b"Message-ID: <os.7.9.abc@balcao.example>\r\nSubject: Re: Placa\r\n\r\nOi",
    **headers: str | bytes | None,
) -> bytes:
    given: dict[str, Any] = {
        "From": "Mail Delivery System <MAILER-DAEMON@mx.example>",
        "Return_Path": "<>",
        "Content_Type": 'multipart/report; report-type=delivery-status; boundary="b"',
        **headers,
    }
    reporting = f"Reporting-MTA: dns; mx.example\r\n\r\n{status}\r\n"
    return multipart(
        "report",
        part("Your message could not be delivered."),
        part(reporting, "message/delivery-status"),
        part(original, "message/rfc822"),
        **given,
    )


def _bytes(value: str | bytes) -> bytes:
    return value if isinstance(value, bytes) else value.encode()
