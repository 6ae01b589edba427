"""Who may use the addresses of certificates, and of the entrance for them."""

from typing import Any

from django.utils import timezone

from certificates.models import SigningCertificate
from certificates.services.known import Origin, record_use
from tests.access import Access, Own
from tests.certificates.known import a_record
from tests.factories import Cast, next_number

CHOOSE = "certificates.change_signingcertificate"
SIGNING = {"certificates:activate", "certificates:deactivate"}
KNOWN = {
    "certificates:known", "certificates:download", "certificates:unwatch",
    "certificates:watch_again",
}  # fmt: skip


def _arguments(cast: Cast) -> dict[str, dict[str, Any]]:
    now = timezone.now()
    signing = SigningCertificate.objects.create(
        label="A1", holder="Prestador", issuer="AC", serial="1", sha256=f"{next_number():064d}",
        not_before=now, not_after=now, sealed=b"",
    )  # fmt: skip
    watched = record_use(
        a_record(tax_id=cast.office.tax_id), origin=Origin.UPLOAD, company=cast.office, at=now
    )
    return {
        **{name: {"pk": signing.pk} for name in SIGNING},
        **{name: {"pk": watched.pk} for name in KNOWN},
    }


ACCESS = Access(
    service="certificates",
    public={
        "entrance:start",
        "entrance:go",
        "entrance:return",
        "entrance:help",
        "entrance:self_test",
    },
    member={"certificates:list", "certificates:upload"},
    staff=dict.fromkeys(SIGNING, CHOOSE),
    own=[Own(KNOWN, owners=["carla"], opens={"certificates:known"}, readers=["agente", "admin"])],
    arguments=_arguments,
)
