"""What a report of delivery says: who was not reached, and which mail it is about."""

import logging
import re
from collections.abc import Iterable, Sequence
from email import message_from_string
from email.message import Message

from flufl.bounce import all_failures

from tickets.mail import charsets, headers
from tickets.mail.message import Address, Attachment, Returned

logging.getLogger("flufl.bounce").disabled = True  # it logs what it meets in a stranger's mail

_MOST_BYTES = 256 * 1024  # a report stands at the beginning; what it returns may be long
_STATUS_PARTS = {"message/delivery-status", "message/global-delivery-status"}
_MAIL_PARTS = {"message/rfc822", "text/rfc822-headers", "message/rfc822-headers", "message/global"}
_DAEMONS = re.compile(
    r"(mailer-?daemon|mail-?daemon|mdaemon|postmaster|mail-?delivery(-?system)?|microsoftexchange[0-9a-f]+)",
    re.IGNORECASE,
)
_DAEMON_NAMES = re.compile(r"mail delivery (sub)?system|mailer-?daemon", re.IGNORECASE)
_FIELD = re.compile(r"(?im)^(action|status|final-recipient|original-recipient)[ \t]*:[ \t]*(.*)$")
_ID_LINE = re.compile(r"(?im)^[>\s]{0,20}message-id[ \t]*:\s{0,9}(<[^<>\n]{1,900}>)")
_WORST_FIRST = ("failed", "delayed", "expanded", "relayed", "delivered")


def is_daemon(sender: Address) -> bool:
    """Whether a mail system's own account writes, told by the local part or the name."""
    local = sender.address.rpartition("@")[0] or sender.address
    return bool(_DAEMONS.fullmatch(local) or _DAEMON_NAMES.fullmatch(sender.name))


def is_mailer_daemon(sender: Address) -> bool:
    """Whether it is the account that never writes anything but reports."""
    return sender.folded.partition("@")[0] in {"mailer-daemon", "mailerdaemon"}


def is_null(return_path: str) -> bool:
    """Whether a Return-Path header names nobody (RFC 5321, 4.5.5)."""
    return bool(return_path) and not return_path.strip("<> \t")


def returned(
    raw: bytes,
    attachments: Sequence[Attachment],
    text: str,
    failed_header: str,
    related: Sequence[str],
) -> Returned:
    """What a mail that may be a report says. ``related`` are the ids that it answers."""
    action, status, failed = _status(attachments)
    failed += [address.address for address in headers.addresses([failed_header])]
    if not failed and not action:
        temporary, failed = _by_its_looks(raw)
        action = "failed" if failed else "delayed" if temporary else ""
    return Returned(
        action=action or ("failed" if failed else ""),
        status=status,
        failed=_usable(failed),
        message_ids=list(dict.fromkeys([*_ids_inside(attachments), *_ids_in(text), *related])),
    )


def _status(attachments: Iterable[Attachment]) -> tuple[str, str, list[str]]:
    """The worst action, its status, and the addresses that failed (RFC 3464)."""
    actions, failed = {}, []
    for part in attachments:
        if part.type not in _STATUS_PARTS:
            continue
        text = part.content[:_MOST_BYTES].decode("utf-8", "replace").replace("\r\n", "\n")
        for block in text.split("\n\n"):
            fields = {name.lower(): value.strip() for name, value in _FIELD.findall(block)}
            action = fields.get("action", "").lower()
            actions[action] = charsets.one_line(fields.get("status", ""))[:20]
            if action == "failed":
                about = fields.get("original-recipient") or fields.get("final-recipient", "")
                failed.append(about.rpartition(";")[2].strip())
    worst = next((action for action in _WORST_FIRST if action in actions), "")
    return worst, actions.get(worst, ""), failed


def _by_its_looks(raw: bytes) -> tuple[list[str], list[str]]:
    """Addresses that failed for now, and for good, out of the wordings of many mail systems."""
    try:
        # Its detectors expect headers of ASCII; the addresses are.
        message: Message = message_from_string(
            raw[:_MOST_BYTES].decode("ascii", "replace").replace("\ufffd", "?")
        )
        temporary, permanent = all_failures(message)
    except Exception:  # noqa: BLE001 - whatever the libraries raise over a stranger's mail
        return [], []
    return [_text(one) for one in temporary], [_text(one) for one in permanent]


def _text(address: bytes | str) -> str:
    return address.decode("utf-8", "replace") if isinstance(address, bytes) else address


def _usable(failed: Iterable[str]) -> list[str]:
    made = (headers.made(address) for address in failed)
    return list(dict.fromkeys(one.address for one in made if one.is_usable))[
        : headers.MOST_ADDRESSES
    ]


def _ids_inside(attachments: Iterable[Attachment]) -> list[str]:
    """The Message-IDs of mails, or of their headers, that are attached."""
    found = []
    for part in attachments:
        if part.type in _MAIL_PARTS:
            head = re.split(
                rb"\r?\n\r?\n", part.content[: headers.MOST_BYTES].lstrip(), maxsplit=1
            )[0]
            found += _ids_in(head.decode("utf-8", "replace").replace("\r\n", "\n"))
    return found


def _ids_in(text: str) -> list[str]:
    return headers.ids(_ID_LINE.findall(text[: headers.MOST_BYTES * 8]))
