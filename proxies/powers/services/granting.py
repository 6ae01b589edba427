"""Granting: the company confirms a draft, on the page or by its own signature of the record."""

from datetime import datetime
from typing import Any

from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import transaction
from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext as _

from certificates.icp.record import Kind
from certificates.signatures.verification import SignatureReport, ask_about, verify_detached
from portal.accounts.models import User
from portal.transitions import advance
from proxies.powers.models import Power
from proxies.powers.services import steps, telling
from proxies.powers.services.drafting import check_signer, grantable_places
from proxies.powers.services.refusals import CannotGrant, SignatureRefused

__all__ = ["CannotGrant", "SignatureRefused", "confirm", "sign"]

LARGEST = 256 * 1024  # bytes of a signature file


def confirm(power: Power, *, by: User, at: datetime, request: HttpRequest | None = None) -> None:
    """The responsible person confirms on the page. Raises CannotGrant, and IllegalTransition where
    it was confirmed meanwhile."""
    if settings.POWERS_CONFIRMED_BY != Power.Means.SESSION:
        raise CannotGrant(
            _("Here a power of attorney is signed with the e-CNPJ: hand in its .p7s.")
        )
    _check(power, by=by, at=at)
    _grant(power, {"means": Power.Means.SESSION}, by=by, at=at, request=request)


def sign(
    power: Power, p7s: bytes, *, by: User, at: datetime, request: HttpRequest | None = None
) -> None:
    """The company's own signature of the record is handed in.

    Raises SignatureRefused for what is not that, and nothing changes then; else as ``confirm``.
    """
    _check(power, by=by, at=at)
    if not p7s or len(p7s) > LARGEST:
        raise SignatureRefused(_("This is no signature file: it is empty or too large."))
    try:
        (report,) = verify_detached(bytes(power.record), p7s)
    except ValidationError as error:
        raise SignatureRefused(error.messages) from error
    _check_signature(power, report)
    ask_about([report])
    values = {"means": Power.Means.SIGNATURE, "signature": p7s}
    _grant(power, values, by=by, at=at, request=request)


@transaction.atomic
def _grant(
    power: Power, values: dict[str, Any], *, by: User, at: datetime, request: HttpRequest | None
) -> None:
    advance(power, to=Power.Status.WAITING, granted_at=at, **values)
    telling.granted(power, at=at)
    steps.note(power, by=by, at=at, request=request)


def _check(power: Power, *, by: User, at: datetime) -> None:
    if not power.can_be_confirmed_by(by):
        raise CannotGrant(
            _("Only who made this draft confirms it, in a session opened with the same e-CNPJ.")
        )
    if power.ends_on < timezone.localdate(at):
        raise CannotGrant(_("The last day of this power has passed. Make a new one."))
    places = grantable_places(by, at=at)
    units = set(power.units.values_list("pk", flat=True))
    whole = power.company_id in {company.pk for company in places.companies}
    if not (units <= {unit.pk for unit in places.units} if units else whole):
        raise CannotGrant(_("Your certificate does not open these places any more."))
    check_signer(at)


def _check_signature(power: Power, report: SignatureReport) -> None:
    """Each refusal has a sentence of its own."""
    said = report.record
    if not report.whole or not report.intact:
        raise SignatureRefused(
            _(
                "This signature is of another file, or the file was changed. Sign the file as it came."
            )
        )
    if report.is_own or said is None:
        raise SignatureRefused(_("This is not the signature of a certificate of ICP-Brasil."))
    if report.was_revoked or report.is_revoked_since:
        raise SignatureRefused(_("The certificate of this signature was revoked by its authority."))
    if not report.trusted:
        raise SignatureRefused(
            report.reasons or [_("The certificate of this signature is not trusted.")]
        )
    if said.kind == Kind.SEAL:
        raise SignatureRefused(
            _("An electronic seal expresses no will of the company: sign with its e-CNPJ.")
        )
    if said.kind != Kind.E_CNPJ:
        raise SignatureRefused(
            _(
                "This was signed with a certificate that is no e-CNPJ. Sign with the company's e-CNPJ."
            )
        )
    if said.cnpj != power.cnpj:
        raise SignatureRefused(_("This was signed with the e-CNPJ of another company."))
    if said.cpf != power.signer_cpf:
        raise SignatureRefused(
            _("The e-CNPJ of this signature names another responsible person than the record.")
        )
