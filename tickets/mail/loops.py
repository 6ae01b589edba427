"""The four guards against mail that answers mail for ever, as far as they need no database.

1. What we send by itself is marked (``portal.outbox`` does it). 2. What is marked, or ours, is not
answered: ``returns_to_us`` and ``tickets.mail.classify``. 3. So many automatic mails an hour to an
address, its domain, about an order: ``keys``. 4. So many reopenings by mail a day: ``may_reopen``.
"""

import re
from collections.abc import Collection, Mapping

from tickets.mail.message import Mail

# Before the @ of our Message-IDs; a mail server on the same machine gives its reports others.
_OURS = re.compile(r"os\.\d+(\.\d+\.\w+)?|[0-9a-f]{32}", re.ASCII)
AUTOMATIC_AN_HOUR = {"address": 10, "domain": 100, "ticket": 30}
REOPENINGS_A_DAY = 3


def returns_to_us(mail: Mail, *, host: str, mailboxes: Collection[str]) -> str:
    """Why a mail is one of ours that came back, as a code; "" if it is not.

    ``host`` is that of our Message-IDs, ``mailboxes`` are the addresses that we read or write from.
    A bounce of ours is a mail system's, not ours.
    """
    own = {plain_address(address) for address in mailboxes}
    local, _at, domain = mail.message_id.lower().rpartition("@")
    if domain == host.lower() and _OURS.fullmatch(local):
        return "own_message_id"
    if mail.from_.address and plain_address(mail.from_.address) in own:
        return "own_address"
    loops = {plain_address(value.strip("<> ")) for value in mail.headers.get("x-loop", [])}
    return "own_loop_mark" if loops & own else ""


def plain_address(address: str) -> str:
    """In small letters, without what stands after a plus: all of them are one mailbox."""
    local, at, domain = address.strip().lower().rpartition("@")
    return f"{local.partition('+')[0] or local}{at}{domain}"


def keys(address: str, ticket: int | str) -> dict[str, str]:
    """What automatic mail to an address about an order is counted by.

    The domain as well, since absence notices may come from another address each time.
    """
    plain = plain_address(address)
    return {"address": plain, "domain": plain.rpartition("@")[2], "ticket": str(ticket)}


def may_answer(sent: Mapping[str, int]) -> bool:
    """Whether one more automatic mail may leave. ``sent``: how many did in this hour, by key."""
    return all(sent.get(name, 0) < most for name, most in AUTOMATIC_AN_HOUR.items())


def may_reopen(reopened_today: int) -> bool:
    """Whether a mail may reopen an order once more today; else a person looks first."""
    return reopened_today < REOPENINGS_A_DAY
