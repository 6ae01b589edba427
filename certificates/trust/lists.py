"""Revocation lists (CRL, RFC 5280): checked when they arrive, searched without being decoded."""

import contextlib
import hashlib
from collections import OrderedDict, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import lru_cache
from threading import Lock
from typing import Any

from asn1crypto import core, crl
from cryptography import x509
from django.utils import timezone
from django.utils.translation import gettext as _

from certificates.icp.reading import UNPARSABLE
from certificates.trust.models import RevocationList
from certificates.trust.parsing import Parsed, parse, verifies
from certificates.trust.sources import sources

SKEW = timedelta(minutes=5)
USED_DAILY = timedelta(days=1)
# Bytes of lists that a process keeps parsed.
KEPT_BYTES = 64 * 1024**2
_DELTA, _DISTRIBUTION = "2.5.29.27", "2.5.29.28"
_UNDERSTOOD = {"2.5.29.20", "2.5.29.35", _DISTRIBUTION}


class Refused(Exception):
    """What came cannot be used; the message says why."""


class Entries:
    """The entries of a list: a serial number is looked for in the bytes before anything is decoded."""

    def __init__(self, der: bytes) -> None:
        self._der, self._crl = der, x509.load_der_x509_crl(der)

    def __len__(self) -> int:
        return len(self._crl)

    def revoked_at(self, serial: int) -> datetime | None:
        """When the certificate was revoked. Whatever is listed is, also on hold or with the reason
        ``removeFromCRL``: docs/decisions/certificates-on-hold.md."""
        # A serial number that is in the list is in its bytes: one search instead of 100,000 entries.
        if core.Integer(serial).dump() not in self._der:
            return None
        entry = self._crl.get_revoked_certificate_by_serial_number(serial)
        return entry.revocation_date_utc if entry is not None else None


@dataclass(frozen=True)
class UsableList:
    """A list that was checked when it came."""

    entries: Entries
    covers: str
    scope: tuple[str, ...]
    this_update: datetime
    next_update: datetime

    def speaks_of(self, certificate: Parsed) -> bool:
        """Whether the certificate, were it revoked, would be in this list."""
        if self.scope and not set(self.scope) & set(certificate.list_urls):
            return False
        if self.covers == RevocationList.Covers.ALL:
            return True
        return certificate.is_authority == (self.covers == RevocationList.Covers.AUTHORITIES)

    def revoked_at(self, serial: int) -> datetime | None:
        return self.entries.revoked_at(serial)


class _ParsedLists:
    """Parsed lists of this process by SHA-256, the least used forgotten first."""

    def __init__(self) -> None:
        self._lists: OrderedDict[str, tuple[Entries, int]] = OrderedDict()
        self._lock = Lock()

    def get(self, row: RevocationList) -> Entries | None:
        with self._lock:
            if row.sha256 in self._lists:
                self._lists.move_to_end(row.sha256)
                return self._lists[row.sha256][0]
        der = RevocationList.objects.values_list("der", flat=True).get(pk=row.pk)
        if der is None:
            return None
        return self.put(row.sha256, bytes(der))

    def put(self, sha256: str, der: bytes) -> Entries | None:
        if hashlib.sha256(der).hexdigest() != sha256:
            return None  # a newer one came between the two questions
        entries = Entries(der)
        with self._lock:
            self._lists[sha256] = entries, len(der)
            while len(self._lists) > 1 and sum(s for _, s in self._lists.values()) > KEPT_BYTES:
                self._lists.popitem(last=False)
        return entries


parsed_lists = _ParsedLists()


def lists_of(authorities: Iterable[str]) -> dict[str, list[UsableList]]:
    """The lists that we hold of these authorities (``Parsed.authority_id``). One query."""
    found: dict[str, list[UsableList]] = defaultdict(list)
    rows = RevocationList.objects.filter(authority__in=authorities, this_update__isnull=False)
    now = timezone.now()
    unused = []
    for row in rows.defer("der"):
        if now - row.wanted_at > USED_DAILY:
            unused.append(row.pk)
        entries = parsed_lists.get(row)
        if entries is not None and row.this_update and row.next_update:
            found[row.authority].append(
                UsableList(entries, row.covers, tuple(row.scope), row.this_update, row.next_update)
            )
    if unused:  # in use: it is kept fresh, at the cost of one update a day
        RevocationList.objects.filter(pk__in=unused).update(wanted_at=now)
    for source in sources:
        for owner, der in source.lists():
            authority, list_ = _usable(owner, der)
            found[authority].append(list_)
    return found


@lru_cache(maxsize=4)
def _usable(owner: bytes, der: bytes) -> tuple[str, UsableList]:
    """A list that its source gives with its authority's certificate, checked like a fetched one."""
    authority = parse(owner)
    said = check_list(der, issuer=authority, at=timezone.now())
    held = UsableList(
        Entries(der), said.covers, tuple(said.scope), said.this_update, said.next_update
    )
    return authority.authority_id, held


@dataclass(frozen=True)
class Checked:
    """What a list that may be kept says of itself."""

    entries: int
    covers: str
    scope: list[str]
    this_update: datetime
    next_update: datetime


def check_list(der: bytes, *, issuer: Parsed, at: datetime) -> Checked:
    """Whether the list is this issuer's own, complete and in force. Raises Refused."""
    try:
        return _check(der, issuer, at)
    except Refused:
        raise
    except UNPARSABLE as error:
        raise Refused(_("This is not a revocation list, or it is damaged.")) from error


def _check(der: bytes, issuer: Parsed, at: datetime) -> Checked:
    loaded = crl.CertificateList.load(der, strict=True)
    body = loaded["tbs_cert_list"]
    entries = Entries(der)
    if body["issuer"].dump() != issuer.subject and body["issuer"] != issuer.asn1.subject:
        raise Refused(_("The list is another authority's."))
    if issuer.usages is not None and "crl_sign" not in issuer.usages:
        raise Refused(_("The authority may not issue revocation lists."))
    algorithm = loaded["signature_algorithm"]
    signature = loaded["signature"].native
    if algorithm.dump() != body["signature"].dump() or not verifies(
        issuer.key, algorithm, signature, body.dump()
    ):
        raise Refused(_("The list is not signed by its authority."))
    covers, scope = _coverage(body)
    this_update, next_update = body["this_update"].native, body["next_update"].native
    if this_update > at + SKEW:
        raise Refused(_("The list is dated in the future."))
    if next_update is None or next_update <= at:
        raise Refused(_("The list is out of date."))
    return Checked(len(entries), covers, scope, this_update, next_update)


def _coverage(body: Any) -> tuple[str, list[str]]:
    """What the list speaks of (RFC 5280, 5.2.5); parts that are not understood are refused."""
    covers = RevocationList.Covers.ALL
    scope: list[str] = []
    for extension in body["crl_extensions"]:
        oid = extension["extn_id"].dotted
        if oid == _DELTA:
            raise Refused(_("The list holds changes only."))
        if extension["critical"].native and oid not in _UNDERSTOOD:
            raise Refused(_("The list has a part that is not understood."))
        if oid == _DISTRIBUTION:
            point = extension["extn_value"].parsed
            covers, scope = _distribution(point)
    return covers, scope


def _distribution(point: Any) -> tuple[RevocationList.Covers, list[str]]:
    if (
        point["indirect_crl"].native
        or point["only_some_reasons"].native
        or point["only_contains_attribute_certs"].native
    ):
        raise Refused(_("The list is another authority's, or tells only a part."))
    name, scope = point["distribution_point"], []
    with contextlib.suppress(*UNPARSABLE):
        if name.native and name.name == "full_name":
            scope = [n.native for n in name.chosen if n.name == "uniform_resource_identifier"]
    if name.native and not scope:
        raise Refused(_("The list has a part that is not understood."))
    if point["only_contains_user_certs"].native:
        return RevocationList.Covers.USERS, scope
    if point["only_contains_ca_certs"].native:
        return RevocationList.Covers.AUTHORITIES, scope
    return RevocationList.Covers.ALL, scope
