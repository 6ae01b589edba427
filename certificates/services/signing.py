"""Keeping the operator's signing certificate, and handing out the signer that is in use."""

import base64
import json
import logging
from datetime import datetime
from typing import TYPE_CHECKING

from asn1crypto import x509
from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import Exists, OuterRef
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.debug import sensitive_variables

from certificates import demo
from certificates.icp import record_of
from certificates.icp.identity import common_name, holder_of
from certificates.icp.pfx import KeyPair, read_pfx
from certificates.models import CertificateUse, SigningCertificate
from certificates.services.known import Origin, remember
from certificates.signatures.signing import Signer
from portal.audit.services import record
from portal.provider.services import current_provider
from portal.vault.services import VaultError, open_sealed, seal

if TYPE_CHECKING:
    from portal.accounts.models import User

logger = logging.getLogger(__name__)
_signers: dict[tuple[str, int], Signer] = {}
_KEPT = 4


class NoSigner(Exception):
    """There is no certificate to sign with; the message says why, for staff."""


@sensitive_variables("pfx", "password", "pair", "secret")
def install_pfx(
    pfx: bytes,
    password: str,
    *,
    label: str,
    by: "User | None",
    is_demo: bool = False,
    activate: bool = True,
) -> SigningCertificate:
    """Seal a PFX in the vault and, with ``activate``, sign with it from now on.

    The same certificate again replaces what is kept of it. Raises ValidationError; see
    ``read_pfx`` for its codes, besides ``expired``, ``not_yet_valid`` and ``demonstration``.
    """
    certificate = check_pfx(pfx, password)
    is_demo = is_demo or demo.is_demo(certificate)
    secret = json.dumps({"pfx": base64.b64encode(pfx).decode(), "password": password}).encode()
    with transaction.atomic():
        row = _row_for(certificate)
        row.label, row.is_demo, row.created_by = label[:80], is_demo, by
        row.sealed = seal(secret, **row.vault_context())
        row.save()
        remember(record_of(certificate), origin=Origin.SIGNING, at=timezone.now(), by=by)
        record("certificates.installed", target=row, actor=by, data=_public_facts(row))
        if activate:
            activate_certificate(row, by=by)
    return row


@sensitive_variables("pfx", "password")
def check_pfx(pfx: bytes, password: str) -> x509.Certificate:
    """The certificate in a PFX that can sign now; raises ValidationError as ``install_pfx``."""
    certificate = read_pfx(pfx, password).certificate
    if demo.is_demo(certificate) and not settings.DEMO:
        raise _demonstration()
    _check_validity(certificate, timezone.now())
    return certificate


def _demonstration() -> ValidationError:
    return ValidationError(
        _("This certificate was issued for demonstrations and cannot sign real documents."),
        code="demonstration",
    )


def _row_for(certificate: x509.Certificate) -> SigningCertificate:
    """The row of this certificate: the one that is there, one version on, or a new one."""
    sha256 = certificate.sha256.hex()
    row = SigningCertificate.objects.select_for_update().filter(sha256=sha256).first()
    if row:
        row.version += 1
        return row
    holder = holder_of(certificate)
    return SigningCertificate(
        holder=holder.name[:200],
        tax_id=holder.tax_id[:14],
        issuer=common_name(certificate.issuer)[:200],
        serial=f"{certificate.serial_number:x}"[:64],
        sha256=sha256,
        not_before=certificate.not_valid_before,
        not_after=certificate.not_valid_after,
    )


def _check_validity(certificate: x509.Certificate, at: datetime) -> None:
    if certificate.not_valid_after <= at:
        raise ValidationError(
            _("This certificate expired on %(day)s.")
            % {"day": f"{timezone.localtime(certificate.not_valid_after):%d/%m/%Y}"},
            code="expired",
        )
    if certificate.not_valid_before > at:
        raise ValidationError(
            _("This certificate is only valid from %(day)s.")
            % {"day": f"{timezone.localtime(certificate.not_valid_before):%d/%m/%Y}"},
            code="not_yet_valid",
        )


def _public_facts(row: SigningCertificate) -> dict[str, str]:
    return {"sha256": row.sha256, "serial": row.serial, "not_after": row.not_after.isoformat()}


def activate_certificate(certificate: SigningCertificate, *, by: "User | None") -> None:
    """Sign with this certificate from now on, and with no other."""
    if certificate.is_demo and not settings.DEMO:
        raise _demonstration()
    if certificate.has_expired(timezone.now()):
        raise ValidationError(_("This certificate has expired."), code="expired")
    with transaction.atomic():
        others = SigningCertificate.objects.select_for_update().exclude(pk=certificate.pk)
        others.filter(is_active=True).update(is_active=False)
        certificate.is_active = True
        certificate.save(update_fields=["is_active"])
        record(
            "certificates.activated", target=certificate, actor=by, data=_public_facts(certificate)
        )


def deactivate_certificate(certificate: SigningCertificate, *, by: "User | None") -> None:
    """Stop signing with this certificate."""
    with transaction.atomic():
        certificate.is_active = False
        certificate.save(update_fields=["is_active"])
        record(
            "certificates.deactivated",
            target=certificate,
            actor=by,
            data=_public_facts(certificate),
        )


def current_signer(at: datetime) -> Signer:
    """The signer in use ``at`` that instant, its key loaded once per process.

    With none configured the demonstration's own, when ``settings.DEMO``; else raises NoSigner.
    """
    row = SigningCertificate.objects.filter(is_active=True).first()
    if row is None or (row.is_demo and not settings.DEMO):
        if settings.DEMO:
            return demo_signer()
        raise NoSigner(
            _("No signing certificate is configured. An administrator must install one.")
        )
    if not row.not_before <= at < row.not_after:
        raise NoSigner(
            _("The signing certificate “%(label)s” is valid from %(start)s to %(end)s only.")
            % {
                "label": row.label,
                "start": f"{timezone.localtime(row.not_before):%d/%m/%Y}",
                "end": f"{timezone.localtime(row.not_after):%d/%m/%Y}",
            }
        )
    return _kept((row.sha256, row.version)) or _keep(
        (row.sha256, row.version), _open(row), is_demo=row.is_demo
    )


def demo_signer() -> Signer:
    """The signer of the demonstration, in the provider's name."""
    pfx, password = demo_pfx()
    key = (f"demo-{hash(pfx)}", 1)
    return _kept(key) or _keep(key, read_pfx(pfx, password), is_demo=True)


def demo_pfx() -> tuple[bytes, str]:
    """The demonstration's A1 for this provider, and its password."""
    provider = current_provider()
    return demo.operator_pfx(name=provider.name, cnpj=provider.cnpj or demo.DEFAULT_CNPJ)


@sensitive_variables("pair")
def watch_what_signs(at: datetime) -> int:
    """Have those watched that were installed when nothing was watched yet; how many. Idempotent."""
    watched = CertificateUse.objects.filter(
        certificate__sha256=OuterRef("sha256"), origin=Origin.SIGNING, user=None, company=None
    )
    count = 0
    for row in SigningCertificate.objects.filter(~Exists(watched), not_after__gt=at):
        try:
            pair = _open(row)
        except (NoSigner, ValidationError):
            logger.exception("The signing certificate %s cannot be watched", row.label)
            continue
        remember(
            record_of(pair.certificate), origin=Origin.SIGNING, at=row.created_at, by=row.created_by
        )
        count += 1
    return count


@sensitive_variables()
def _open(row: SigningCertificate) -> KeyPair:
    try:
        secret = json.loads(open_sealed(row.sealed, **row.vault_context()))
    except VaultError as error:
        raise NoSigner(
            _("The vault cannot open the signing certificate: %(reason)s") % {"reason": error}
        ) from error
    return read_pfx(base64.b64decode(secret["pfx"]), secret["password"])


def _kept(key: tuple[str, int]) -> Signer | None:
    return _signers.get(key)


def _keep(key: tuple[str, int], pair: KeyPair, *, is_demo: bool) -> Signer:
    if len(_signers) >= _KEPT:
        _signers.clear()
    _signers[key] = Signer(pair.certificate, _chain(pair), pair.key, is_demo)
    return _signers[key]


def _chain(pair: KeyPair) -> tuple[x509.Certificate, ...]:
    """The authorities above the leaf, nearest first, as far as the file holds them."""
    by_subject = {c.subject.hashable: c for c in pair.others}
    chain: list[x509.Certificate] = []
    current = pair.certificate
    while current.issuer != current.subject and len(chain) < len(pair.others):
        above = by_subject.get(current.issuer.hashable)
        if above is None:
            break
        chain.append(above)
        current = above
    return tuple(chain)
