"""Whether a mail is from whom it says, as the server found that received it (RFC 8601).

Only the topmost Authentication-Results of the configured server counts: whoever sends a mail can
write others below. The server must take away those that come in with its own name. Why no library
does it: docs/decisions/written-although-a-library-exists.md.
"""

import re
from collections.abc import Collection
from dataclasses import dataclass
from enum import StrEnum

from tickets.mail.message import Mail

MICROSOFT = "microsoft"  # Exchange Online writes the header without its name
_SEGMENTS = re.compile(r'(?:"(?:\\.|[^"\\])*"|[^;"])+|"')
_RESULT = re.compile(r"\s*([a-z0-9-]+)(?:\s*/\s*\d+)?\s*=\s*([a-z]+)(.*)", re.DOTALL)
_PROPERTY = re.compile(r'([a-z]+)\s*\.\s*([a-z0-9_-]+)\s*=\s*("(?:\\.|[^"\\])*"|[^\s;]+)')
_INSTANCE = re.compile(r"(?:^|;)\s*i\s*=\s*(\d{1,2})\s*(?:;|$)")
_SEALER = re.compile(r"(?:^|;)\s*d\s*=\s*([^\s;]+)")


class Reason(StrEnum):
    DMARC = "dmarc"
    DKIM_ALIGNED = "dkim_aligned"
    SPF_ALIGNED = "spf_aligned"
    ARC = "arc"
    NOT_CONFIGURED = "not_configured"
    NO_SENDER = "no_sender"
    NO_RESULTS = "no_results"
    OTHER_SENDER = "other_sender"  # the results are about another From
    DMARC_FAIL = "dmarc_fail"
    NOT_ALIGNED = "not_aligned"
    INTERNAL_NOT_PROVEN = "internal_not_proven"


@dataclass(frozen=True)
class Trust:
    is_trusted: bool
    reason: Reason


@dataclass(frozen=True)
class Result:
    """One verdict, ``dkim=pass header.d=x``; properties as ``{"header.d": "x"}``, in small letters."""

    method: str
    verdict: str
    properties: dict[str, str]


def judge(
    mail: Mail,
    *,
    authserv_id: str,
    arc_sealers: Collection[str] = (),
    internal: Collection[str] = (),
) -> Trust:
    """Whether From is who wrote. ``authserv_id`` is the receiving server's name in its results.

    ``arc_sealers`` are domains whose word on a forwarded mail counts. Senders of the ``internal``
    domains need DMARC's pass, because they may act as staff.
    """
    if not authserv_id:
        return Trust(False, Reason.NOT_CONFIGURED)
    if len(mail.all_from) != 1 or not mail.from_.domain:
        return Trust(False, Reason.NO_SENDER)
    results = _topmost(mail.headers.get("authentication-results", []), authserv_id)
    if not results:
        return Trust(False, Reason.NO_RESULTS)
    domain = mail.from_.domain
    trust = _verdict(results, domain)
    if not trust.is_trusted and _is_sealed(mail, results, arc_sealers, domain):
        trust = Trust(True, Reason.ARC)
    is_internal = domain in {one.lower() for one in internal}
    if trust.is_trusted and is_internal and trust.reason != Reason.DMARC:
        return Trust(False, Reason.INTERNAL_NOT_PROVEN)
    return trust


def _topmost(headers: list[str], authserv_id: str) -> list[Result]:
    wanted = "" if authserv_id == MICROSOFT else authserv_id.lower()
    parsed = (parse(header) for header in headers)
    return next((results for name, results in parsed if name == wanted), [])


def parse(header: str) -> tuple[str, list[Result]]:
    """The server's name ("" where it gives none) and its results; what is malformed is left out."""
    segments = _SEGMENTS.findall(_without_comments(header))
    if not segments:
        return "", []
    first = segments[0].split()
    name = ""
    if first and "=" not in segments[0]:
        name = first[0].strip('"').lower()
        segments = segments[1:]
    found = (_RESULT.match(segment.lower()) for segment in segments)
    return name, [_result(one) for one in found if one]


def _result(found: re.Match[str]) -> Result:
    named = {
        f"{kind}.{name}": value.strip('"') for kind, name, value in _PROPERTY.findall(found[3])
    }
    return Result(found[1], found[2], named)


def _without_comments(header: str) -> str:
    """Comments may be nested, and hold what the sender chose; in quotes a bracket is a character."""
    kept, level, quoted, escaped = [], 0, False, False
    for character in header:
        if escaped or character == "\\":
            escaped = not escaped
        elif character == '"' and not level:
            quoted = not quoted
        elif character == "(" and not quoted:
            level += 1
        elif character == ")" and not quoted and level:
            level -= 1
            continue
        if not level:
            kept.append(character)
    return "".join(kept)


def _verdict(results: list[Result], domain: str) -> Trust:
    """DMARC's word first; where the domain has no policy, an aligned DKIM or SPF."""
    dmarc = [one for one in results if one.method == "dmarc"]
    named = {one.properties.get("header.from", domain).rpartition("@")[2] for one in dmarc}
    if named - {domain}:
        return Trust(False, Reason.OTHER_SENDER)
    verdicts = {one.verdict for one in dmarc}
    if verdicts == {"pass"}:
        return Trust(True, Reason.DMARC)
    if verdicts - {"none", "bestguesspass"}:
        return Trust(False, Reason.DMARC_FAIL)
    passed = [one for one in results if one.verdict == "pass"]
    if any(one.method == "dkim" and is_aligned(_signer(one), domain) for one in passed):
        return Trust(True, Reason.DKIM_ALIGNED)
    if any(one.method == "spf" and is_aligned(_envelope(one), domain) for one in passed):
        return Trust(True, Reason.SPF_ALIGNED)
    return Trust(False, Reason.NOT_ALIGNED)


def _signer(result: Result) -> str:
    signer = result.properties.get("header.d") or result.properties.get("header.i", "")
    return signer.rpartition("@")[2]


def _envelope(result: Result) -> str:
    return result.properties.get("smtp.mailfrom", "").rpartition("@")[2]


def is_aligned(signer: str, domain: str) -> bool:
    """Whether both are of one organisation: the same, or one below the other.

    Below a name that gives domains to anybody (com.br, co.uk) only the same counts.
    """
    signer, domain = signer.lower().rstrip("."), domain.lower().rstrip(".")
    if not signer or not domain or signer == domain:
        return bool(signer) and signer == domain
    upper, lower = sorted((signer, domain), key=len)
    return lower.endswith(f".{upper}") and not _is_registry(upper)


def _is_registry(domain: str) -> bool:
    """Without the public suffix list, on the safe side: usp.br is taken for one, too."""
    labels = domain.split(".")
    if len(labels) < 2:
        return True
    is_country = len(labels) == 2 and len(labels[-1]) == 2
    return is_country and (len(labels[0]) <= 3 or labels[-1] == "br")


def _is_sealed(mail: Mail, results: list[Result], sealers: Collection[str], domain: str) -> bool:
    """Our server found the chain sound, the last sealer is a listed one, and it saw the mail pass."""
    arc = [one.verdict for one in results if one.method == "arc"]
    seals = {_instance(seal): seal for seal in mail.headers.get("arc-seal", [])}
    last = max(seals, default=0)
    if arc != ["pass"] or not last:
        return False
    sealer = _SEALER.search(seals[last])
    if not sealer or sealer[1].lower() not in {one.lower() for one in sealers}:
        return False
    told = [
        header
        for header in mail.headers.get("arc-authentication-results", [])
        if _instance(header) == last
    ]
    if len(told) != 1:
        return False
    _name, sealed = parse(told[0].partition(";")[2])
    return _verdict(sealed, domain).is_trusted


def _instance(header: str) -> int:
    found = _INSTANCE.search(header)
    return int(found[1]) if found else 0
