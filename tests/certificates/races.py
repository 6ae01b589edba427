"""What is done once with certificates, however often it is sent at the same moment."""

from django.utils import timezone

from certificates.models import CertificateUse
from certificates.services import install_pfx
from certificates.services.known import record_use
from tests.certificates import authority
from tests.certificates.known import a_record
from tests.factories import Cast
from tests.racing import Race, Work

_S = "certificates.services"


def _install(_cast: Cast) -> Work:
    leaf = authority.certificate(names=authority.company_names())
    pfx = authority.pfx(leaf=leaf)
    return lambda: install_pfx(pfx, authority.PASSWORD, label="A1", by=None)


def _use(cast: Cast) -> Work:
    record = a_record()
    at = timezone.now()
    return lambda: record_use(record, origin=CertificateUse.Origin.UPLOAD, at=at, user=cast.ana)


RACES = [
    Race(name="signing-certificate", services={f"{_S}.signers._install"}, prepare=_install,
         leaves={"certificates.SigningCertificate": 1}),
    Race(name="known-certificate", prepare=_use,
         services={f"{_S}.known.keep_certificate", f"{_S}.known._note_use"},
         leaves={"certificates.KnownCertificate": 1, "certificates.CertificateUse": 1}),
]  # fmt: skip
EXCEPTIONS = {
    "each login has a ticket of its own, which one redeems": {
        "certificates.entrance.services.issue_ticket",
    },
    "a job of the outbox, of which one runs at a time; what it fetches is kept by its hash": {
        "certificates.trust.services._fetch_answer",
        "certificates.trust.services._fetch_authorities", "certificates.trust.services.refresh",
    },
}  # fmt: skip
