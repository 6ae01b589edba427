"""Granting: the company confirms a draft, on the page or by its own signature of the record."""

from collections.abc import Iterator
from datetime import datetime
from typing import Any

from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import transaction
from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext as _

from certificates.icp.record import Kind
from certificates.signatures.verification import (
    Integrity,
    SignatureReport,
    ask_about,
    verify_detached,
)
from portal.accounts.models import User
from portal.transitions import advance
from proxies.powers.models import Power
from proxies.powers.services import records, steps, telling
from proxies.powers.services.drafting import check_signer, grantable_places
from proxies.powers.services.refusals import CannotGrant, SignatureRefused

__all__ = ["CannotGrant", "SignatureRefused", "confirm", "sign"]

LARGEST = 256 * 1024  # bytes of a signature file


def confirm(power: Power, *, by: User, at: datetime, request: HttpRequest | None = None) -> None:
    """The responsible person confirms on the page. Raises CannotGrant, and IllegalTransition where
    it was confirmed meanwhile."""
    _check(power, Power.Means.SESSION, by=by, at=at)
    _grant(power, {"means": Power.Means.SESSION}, by=by, at=at, request=request)


def sign(
    power: Power, p7s: bytes, *, by: User, at: datetime, request: HttpRequest | None = None
) -> None:
    """The company's own signature of the record is handed in: detached, DER or PEM.

    Raises SignatureRefused for what is not that, and nothing changes then; else as ``confirm``.
    """
    _check(power, Power.Means.SIGNATURE, by=by, at=at)
    if not p7s or len(p7s) > LARGEST:
        raise SignatureRefused(_("This is no signature file: it is empty or too large."))
    try:
        (report,) = verify_detached(bytes(power.record), p7s)
    except ValidationError as error:
        raise SignatureRefused(error.messages) from error
    for problem in _wrong_with_signature(power, report):
        raise SignatureRefused(problem)
    values = {"means": Power.Means.SIGNATURE, "signature": p7s}
    _grant(power, values, by=by, at=at, request=request)


@transaction.atomic
def _grant(
    power: Power, values: dict[str, Any], *, by: User, at: datetime, request: HttpRequest | None
) -> None:
    advance(power, to=Power.Status.WAITING, granted_at=at, **values)
    telling.granted(power, at=at)
    steps.note(power, by=by, at=at, request=request)


def _check(power: Power, means: Power.Means, *, by: User, at: datetime) -> None:
    if not power.can_be_confirmed_by(by):
        raise CannotGrant(
            _("Only who made this draft confirms it, in a session opened with the same e-CNPJ.")
        )
    if not means == settings.POWERS_CONFIRMED_BY == records.confirmation_asked(power):
        raise CannotGrant(
            _(
                "This is not how a power of attorney is confirmed here. Make a new one and follow it."
            )
        )
    if power.ends_on < timezone.localdate(at):
        raise CannotGrant(_("The last day of this power has passed. Make a new one."))
    if not _is_open(power, by, at=at):
        raise CannotGrant(_("Your certificate does not open these places any more."))
    check_signer(at)


def _is_open(power: Power, by: User, *, at: datetime) -> bool:
    """Whether the session still opens what the record names."""
    places = grantable_places(by, at=at)
    if records.is_whole_company(power):
        return power.company_id in {company.pk for company in places.companies}
    units = set(power.units.values_list("pk", flat=True))
    return bool(units) and units <= {unit.pk for unit in places.units}


def _wrong_with_signature(power: Power, report: SignatureReport) -> Iterator[str]:
    """Why it is not the grantor's signature of the record, what comes first first."""
    if report.integrity == Integrity.UNKNOWN:
        yield _("This signature could not be examined. Sign the file again.")
    if not (report.whole and report.intact):
        yield _("This signature is of another file, or the file was changed. Sign it as it came.")
    yield from _wrong_with_certificate(report)
    said = report.record
    if said is None or said.kind not in (Kind.E_CNPJ, Kind.SEAL):
        yield _("This was signed with a certificate that is no e-CNPJ. Sign with the company's.")
        return
    if said.kind == Kind.SEAL:
        yield _("An electronic seal expresses no will of the company: sign with its e-CNPJ.")
    if said.cnpj != power.cnpj:
        yield _("This was signed with the e-CNPJ of another company.")
    if said.cpf != power.signer_cpf:
        yield _("The e-CNPJ of this signature names another responsible person than the record.")


def _wrong_with_certificate(report: SignatureReport) -> Iterator[str]:
    if report.was_revoked or report.is_revoked_since:
        yield _("The certificate of this signature was revoked by its authority.")
    if report.certificate_expired:
        yield _("The certificate of this signature has expired.")
    if report.is_own or not report.trusted:
        yield " ".join(report.reasons) or _("The certificate of this signature is not trusted.")
    if report.is_revocation_open:
        ask_about([report])
        yield _(
            "Whether the certificate of this signature was revoked is not known yet. Its authority "
            "is being asked: hand the file in again in some minutes."
        )
