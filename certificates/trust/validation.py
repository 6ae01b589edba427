"""Judges a certificate: chain, purpose, policy, identity, validity, revocation. Without network."""

from collections.abc import Iterable, Sequence
from datetime import datetime

from django.conf import settings
from django.core.exceptions import ValidationError

from certificates.icp import CertificateRecord, Kind, record_of
from certificates.icp.demonstration import is_demo
from certificates.trust.chains import Chain
from certificates.trust.parsing import Parsed, Unreadable, parse
from certificates.trust.pool import current_pool
from certificates.trust.revocation import Standing, chain_standing
from certificates.trust.sources import demonstrations_accepted
from certificates.trust.verdict import Fault, Purpose, Revocation, Verdict

_CLIENT_AUTH, _ANY = "1.3.6.1.5.5.7.3.2", "2.5.29.37.0"
_SIGNING = {
    _CLIENT_AUTH, _ANY,
    "1.3.6.1.5.5.7.3.4",  # emailProtection, which ICP-Brasil gives to people
    "1.3.6.1.5.5.7.3.36",  # documentSigning
    "1.3.6.1.4.1.311.10.3.12",  # Microsoft's
}  # fmt: skip
_UNREADABLE = Verdict(None, (), (Fault.UNREADABLE,), (), Revocation.UNKNOWN)


def examine(der: bytes, *, purpose: Purpose, at: datetime, others: Sequence[bytes] = ()) -> Verdict:
    """What the certificate is worth for ``purpose`` at the instant ``at``.

    ``others``: certificates (DER) that came with it; they help to find the path and prove
    nothing. Reads the database and never the network; queues nothing (see
    ``revocation.request_check``). Bytes that are no certificate give Fault.UNREADABLE.
    """
    try:
        leaf = parse(der)
        record = record_of(leaf.asn1)
    except (Unreadable, ValidationError):
        return _UNREADABLE
    # Of a certificate that has ended the path at its end is shown; its end is a fault anyway.
    moment = min(max(at, leaf.not_before), leaf.not_after)
    chain = current_pool().chain(leaf, at=moment, others=others)
    standing = chain_standing(chain, at=at) if chain.fault is None else Standing(Revocation.UNKNOWN)
    faults = [
        *_faults_of_kind(record, leaf),
        *_faults_of_time(leaf, at),
        *_faults_of_chain(leaf, chain),
        *([Fault.REVOKED] if standing.state == Revocation.REVOKED else []),
        *_faults_of_use(record, leaf, chain, purpose),
    ]
    warnings = _set_apart(faults, purpose)
    if standing.state == Revocation.UNKNOWN and not faults:
        (faults if purpose == Purpose.LOGIN else warnings).append(Fault.REVOCATION_UNKNOWN)
    return Verdict(
        record=record,
        path=tuple(link.name for link in chain.links),
        faults=tuple(dict.fromkeys(faults)),
        warnings=tuple(dict.fromkeys(warnings)),
        revocation=standing.state,
        revoked_at=standing.revoked_at,
        revocation_as_of=standing.as_of,
    )


def _set_apart(faults: list[Fault], purpose: Purpose) -> list[Fault]:
    """What is no fault for this purpose but worth a word: taken out of the list and returned."""
    lenient = {
        Purpose.LOGIN: set(),
        Purpose.SIGN: {Fault.NO_IDENTITY},
        Purpose.WATCH: {
            Fault.NO_IDENTITY, Fault.SERVER_CERTIFICATE, Fault.WRONG_POLICY, Fault.WRONG_PURPOSE,
        },
    }[purpose]  # fmt: skip
    apart = [fault for fault in faults if fault in lenient]
    faults[:] = [fault for fault in faults if fault not in lenient]
    return apart


def _faults_of_kind(record: CertificateRecord, leaf: Parsed) -> Iterable[Fault]:
    if is_demo(leaf.asn1) and not demonstrations_accepted():
        yield Fault.DEMONSTRATION
    if record.kind == Kind.SERVER:
        yield Fault.SERVER_CERTIFICATE


def _faults_of_time(leaf: Parsed, at: datetime) -> Iterable[Fault]:
    if at < leaf.not_before:
        yield Fault.NOT_YET_VALID
    elif at > leaf.not_after:
        yield Fault.EXPIRED


def _faults_of_chain(leaf: Parsed, chain: Chain) -> Iterable[Fault]:
    if chain.fault is not None:
        yield chain.fault
    elif leaf.not_understood:
        yield Fault.WRONG_PURPOSE


def _faults_of_use(
    record: CertificateRecord, leaf: Parsed, chain: Chain, purpose: Purpose
) -> Iterable[Fault]:
    if leaf.is_authority or not _usable(record, leaf, chain, purpose):
        yield Fault.WRONG_PURPOSE
    elif not _accepted(leaf, purpose):
        yield Fault.WRONG_POLICY
    if not record.tax_id:
        yield Fault.NO_IDENTITY


def _usable(record: CertificateRecord, leaf: Parsed, chain: Chain, purpose: Purpose) -> bool:
    """Whether key usage and extended key usage allow it; a seal signs and never logs in."""
    if purpose == Purpose.LOGIN:
        wanted, usages = {_CLIENT_AUTH, _ANY}, {"digital_signature"}
        if record.kind == Kind.SEAL:
            return False
        if any(i.extended is not None and not i.extended & wanted for i in chain.links[1:]):
            return False
    else:
        wanted, usages = _SIGNING, {"digital_signature", "non_repudiation"}
    if leaf.usages is not None and not leaf.usages & usages:
        return False
    return leaf.extended is None or bool(leaf.extended & wanted)


def _accepted(leaf: Parsed, purpose: Purpose) -> bool:
    """Whether one of its policies is accepted; the settings hold OIDs or their beginnings."""
    accepted = (
        settings.TRUST_LOGIN_POLICIES if purpose == Purpose.LOGIN else settings.TRUST_SIGN_POLICIES
    )
    if not accepted:
        return True
    return any(
        policy == start or policy.startswith(start + ".")
        for policy in leaf.policies
        for start in accepted
    )
