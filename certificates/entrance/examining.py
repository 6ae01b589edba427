"""Judges whether a certificate would log in here: at the entrance and in the self-test alike."""

from dataclasses import dataclass
from datetime import datetime

from certificates.entrance.explanations import Explanation, explain
from certificates.entrance.identity import faults_at_login
from certificates.icp import CertificateRecord, Kind
from certificates.trust.revocation import request_check
from certificates.trust.validation import examine
from certificates.trust.verdict import Fault, Purpose


@dataclass(frozen=True)
class Finding:
    """``path``: names from the certificate up to its root, as far as it is known; without the CPF
    that authorities put beside its holder's."""

    record: CertificateRecord | None
    path: tuple[str, ...]
    faults: tuple[Fault, ...]

    @property
    def ok(self) -> bool:
        return not self.faults

    @property
    def only_revocation_open(self) -> bool:
        """All is well but for an answer of its authority that has not come yet."""
        return self.faults == (Fault.REVOCATION_UNKNOWN,)

    @property
    def explanations(self) -> list[Explanation]:
        return explain(self.faults, self.record)

    @property
    def names_person(self) -> bool:
        return self.record is not None and self.record.kind in {Kind.E_CPF, Kind.E_CNPJ}


def examine_for_login(der: bytes, *, at: datetime, proven: bool = True) -> Finding:
    """Judge a certificate for login. Where its authority was not asked yet, that is begun.

    ``proven`` False: TLS did not accept it, so that it is never sound, whatever we find.
    """
    verdict = examine(der, purpose=Purpose.LOGIN, at=at)
    faults = faults_at_login(verdict)
    if not proven and not faults:
        faults = (Fault.UNKNOWN_AUTHORITY,)
    own = (verdict.record.name,) if verdict.record else ()
    found = Finding(verdict.record, (*own, *verdict.path[1:]), faults)
    if found.only_revocation_open:  # never for an authority that a stranger made up
        request_check(der)
    return found
