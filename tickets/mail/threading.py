"""To which order a mail may belong: what it names, the surest first. Looking it up is for others."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum

from tickets.mail.message import Mail

_BASE62 = r"[0-9A-Za-z]{22}"
_PLUS_ADDRESS = re.compile(rf"[^\s@+<>,;]+\+({_BASE62})@")
_OWN_ID = re.compile(rf"os\.(\d{{1,18}})\.(\d{{1,18}})\.({_BASE62})@([^\s@]+)")
_ROOT_ID = re.compile(r"os\.(\d{1,18})@([^\s@]+)")
_ROUTES = ("delivered-to", "x-original-to", "envelope-to", "x-envelope-to")
_SEP = r"[-\s./\u2010-\u2015]?"
_NUMBER = re.compile(rf"(?<![0-9])((?:19|20)\d\d){_SEP}(\d{{7}}){_SEP}(\d)(?![0-9])", re.ASCII)
_OLD_NUMBER = re.compile(r"(?<![0-9A-Za-z./-])#?(0\d{7})(?![0-9A-Za-z/-])", re.ASCII)
_MOST = 100


class By(StrEnum):
    """PARTICIPANT: a token of ours, which says who was written about which order. A MESSAGE_ID is another mail's, in or out. ROOT
    and NUMBER are no secret: they count only if the sender takes part in that order."""

    PARTICIPANT = "participant"
    MESSAGE_ID = "message_id"
    ROOT = "root"
    NUMBER = "number"


@dataclass(frozen=True)
class Candidate:
    """``value``: the token, the id without angle brackets, the order's key (ROOT), or the number as
    ``AAAA-NNNNNNN-D`` or ``0NNNNNNN``. Its check digit is not looked at.

    ``ticket`` and ``entry`` are the keys that a Message-ID of ours names beside its token.
    """

    by: By
    value: str
    ticket: int | None = None
    entry: int | None = None


def candidates(mail: Mail, *, host: str) -> list[Candidate]:
    """In the order in which they are to be tried, each once. ``host`` is that of our Message-IDs.

    Tokens in addresses, then in ids of ours; In-Reply-To; References from the right; our root ids;
    numbers in the subject.
    """
    ids = list(dict.fromkeys(filter(None, [mail.in_reply_to, *reversed(mail.references)])))
    found = [
        *_tokens_in_addresses(mail),
        *_own_ids(ids, host),
        *(Candidate(By.MESSAGE_ID, one) for one in ids),
        *_roots(ids, host),
        *_numbers(mail.subject),
    ]
    return list(dict.fromkeys(found))[:_MOST]


def _tokens_in_addresses(mail: Mail) -> Iterator[Candidate]:
    """Wherever the address is named to which the mail was sent; lists and servers move it about."""
    named = [one.address for one in (*mail.to, *mail.cc)]
    routes = [value for name in _ROUTES for value in mail.headers.get(name, [])]
    for address in (*named, *routes):
        for token in _PLUS_ADDRESS.findall(address):
            yield Candidate(By.PARTICIPANT, token)


def _own_ids(ids: list[str], host: str) -> Iterator[Candidate]:
    for one in ids:
        found = _OWN_ID.fullmatch(one)
        if found and found[4].lower() == host.lower():
            yield Candidate(By.PARTICIPANT, found[3], ticket=int(found[1]), entry=int(found[2]))


def _roots(ids: list[str], host: str) -> Iterator[Candidate]:
    for one in ids:
        found = _ROOT_ID.fullmatch(one)
        if found and found[2].lower() == host.lower():
            yield Candidate(By.ROOT, found[1], ticket=int(found[1]))


def _numbers(subject: str) -> Iterator[Candidate]:
    for year, counter, digit in _NUMBER.findall(subject):
        yield Candidate(By.NUMBER, f"{year}-{counter}-{digit}")
    for counter in _OLD_NUMBER.findall(subject):
        yield Candidate(By.NUMBER, counter)
