"""The provider's signing certificates: kept in the vault, chosen, and loaded to sign with."""

import base64
import json
import logging
from collections.abc import Callable
from datetime import datetime
from typing import TYPE_CHECKING

from asn1crypto import x509
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.db.models import Exists, OuterRef
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.debug import sensitive_variables

from certificates.icp import record_of
from certificates.icp.demonstration import is_demo as issued_by_demo
from certificates.icp.identity import common_name, holder_of
from certificates.icp.pfx import KeyPair, above, read_pfx, read_uploaded_pfx
from certificates.icp.usable import check_validity
from certificates.models import CertificateUse, SigningCertificate
from certificates.services.known import Origin, record_use
from certificates.signatures.signing import Signer
from certificates.trust.sources import demonstrations_accepted
from portal.audit.services import record
from portal.vault.services import VaultError, in_words, open_sealed, seal

if TYPE_CHECKING:
    from portal.accounts.models import User

logger = logging.getLogger(__name__)
# What signs where no certificate is configured; the demonstration registers its own.
fallback_signers: list[Callable[[], Signer]] = []
_loaded: dict[tuple[str, int], Signer] = {}  # by certificate and version
_MAX_LOADED = 4
_TRIES = 3


class NoSigner(Exception):
    """There is no certificate to sign with; the message says why, for staff."""


@sensitive_variables("pfx", "password", "pair")
def install_pfx(
    pfx: bytes,
    password: str,
    *,
    label: str,
    by: "User | None",
    activate: bool = True,
    pair: KeyPair | None = None,
) -> SigningCertificate:
    """Seal a PFX in the vault and, with ``activate``, sign with it from now on.

    The same certificate again replaces what is kept of it. ``pair``: what ``open_pfx`` found in
    the file, so that it is not opened twice. Raises ValidationError as ``open_pfx``.
    """
    pair = pair or open_pfx(pfx, password)
    for attempt in range(_TRIES):
        try:
            return _install(pair, pfx, password, label=label, by=by, activate=activate)
        except IntegrityError:
            # Sent twice at once: the next attempt finds what the other one made.
            if attempt == _TRIES - 1:
                raise
    raise AssertionError


@sensitive_variables("pfx", "password", "pair")
@transaction.atomic
def _install(
    pair: KeyPair, pfx: bytes, password: str, *, label: str, by: "User | None", activate: bool
) -> SigningCertificate:
    row = _sealed_row(pair.certificate, pfx, password)
    row.label, row.created_by = label[:80], by
    row.save()
    record_use(record_of(pair.certificate), origin=Origin.SIGNING, at=timezone.now(), by=by)
    record("certificates.installed", target=row, actor=by, data=_public_facts(row))
    if activate:
        activate_certificate(row, by=by)
    return row


@sensitive_variables("pfx", "password", "pair")
def open_pfx(pfx: bytes, password: str) -> KeyPair:
    """Key and certificate of a PFX that can sign now.

    Raises ValidationError; see ``read_pfx`` for its codes, besides ``expired``, ``not_yet_valid``
    and ``demonstration``.
    """
    pair = read_uploaded_pfx(pfx, password)
    if issued_by_demo(pair.certificate) and not demonstrations_accepted():
        raise _demonstration()
    certificate = pair.certificate
    check_validity(certificate.not_valid_before, certificate.not_valid_after, timezone.now())
    return pair


def _demonstration() -> ValidationError:
    return ValidationError(
        _("This certificate was issued for demonstrations and cannot sign real documents."),
        code="demonstration",
    )


@sensitive_variables("pfx", "password", "secret")
def _sealed_row(certificate: x509.Certificate, pfx: bytes, password: str) -> SigningCertificate:
    """The row of this certificate with the PFX sealed in it; not saved."""
    row = _row_for(certificate)
    secret = json.dumps({"pfx": base64.b64encode(pfx).decode(), "password": password}).encode()
    row.sealed = seal(secret, **row.vault_context())
    return row


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
        is_demo=issued_by_demo(certificate),
    )


def _public_facts(row: SigningCertificate) -> dict[str, str]:
    return {"sha256": row.sha256, "serial": row.serial, "not_after": row.not_after.isoformat()}


def activate_certificate(certificate: SigningCertificate, *, by: "User | None") -> None:
    """Sign with this certificate from now on, and with no other."""
    if certificate.is_demo and not demonstrations_accepted():
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
    """The signer in use ``at`` that instant; its PFX is opened once per process.

    Raises NoSigner where no certificate is configured and no fallback is registered.
    """
    row = SigningCertificate.objects.filter(is_active=True).first()
    if row is None or (row.is_demo and not demonstrations_accepted()):
        if fallback_signers:
            return fallback_signers[0]()
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
    return loaded_signer(row.sha256, row.version, lambda: _open(row))


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
        record_use(
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
            _(
                "The vault cannot open the signing certificate: %(reason)s. An administrator must "
                "bring the key back, or install the certificate again."
            )
            % {"reason": in_words(error)}
        ) from error
    return read_pfx(base64.b64decode(secret["pfx"]), secret["password"])


def loaded_signer(sha256: str, version: int, open_file: Callable[[], KeyPair]) -> Signer:
    """The signer of this certificate and version; ``open_file`` is called once per process."""
    key = (sha256, version)
    if key not in _loaded:
        pair = open_file()
        if len(_loaded) >= _MAX_LOADED:
            _loaded.clear()
        _loaded[key] = Signer(
            certificate=pair.certificate, chain=above(pair.certificate, pair.others), key=pair.key,
            is_demo=issued_by_demo(pair.certificate),
        )  # fmt: skip
    return _loaded[key]
