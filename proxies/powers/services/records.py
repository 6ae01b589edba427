"""Records of powers of attorney: canonical JSON, so that a signature over it can be checked for ever.

The language is the portal's, whatever the reader's. What a record says is decided by docs/decisions/powers.md.
"""

import hashlib
import json
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django.conf import settings
from django.urls import reverse
from django.utils import timezone, translation
from django.utils.translation import gettext as _

from certificates.models import KnownCertificate
from certificates.trust.validation import examine
from certificates.trust.verdict import Purpose, Revocation
from portal import desks
from portal.accounts.models import Grant, Unit
from portal.canonical import canonical
from portal.taxid import format_tax_id
from proxies.powers.models import Power, PowerStep
from proxies.powers.services.refusals import CannotGrant

VERSION = 1  # of the record's shape
TEXT_VERSION = "2026-11"  # of its sentences


def of_power(power: Power, units: Sequence[Unit], *, at: datetime) -> bytes:
    """The record of a power that is about to be saved. Raises CannotGrant where the certificate of
    the session is not known, or was revoked."""
    with translation.override(settings.LANGUAGE_CODE):
        return canonical(
            {
                "kind": "electronic_power_of_attorney",
                "version": VERSION,
                "text_version": TEXT_VERSION,
                "id": power.code,
                "grantor": {"cnpj": power.cnpj, "name": power.grantor_name},
                "signer": {
                    "cpf": power.signer_cpf, "name": power.signer_name,
                    "capacity": _("responsible for the company, as its e-CNPJ says"),
                },
                "grantee": {"cpf": power.grantee_cpf, "name": power.grantee_name},
                "office_cnpj": power.office_cnpj,
                "places": _places(power, units),
                "services": [_service(name, power.level) for name in power.services],
                "level": {"name": power.level, "text": str(Grant.Level(power.level).label)},
                "starts_on": power.starts_on.isoformat(),
                "ends_on": power.ends_on.isoformat(),
                "time_zone": settings.TIME_ZONE,
                "made_at": instant(at),
                "sub_delegation": False,
                "text": _sentences(power),
                "revocation": {"how": _how_to_revoke(), "address": _address("powers:granted")},
                "verification": _address("powers:verify_code", power.code),
                "certificate": _certificate(power.certificate_sha256, at=at),
                "confirmation": {
                    "asked": settings.POWERS_CONFIRMED_BY,
                    "text": str(Power.Means(settings.POWERS_CONFIRMED_BY).label),
                },
            }
        )  # fmt: skip


def of_step(step: PowerStep, power: Power) -> bytes:
    """The record of a step: what happened to which power, who did it, when.

    Of a person the record says the CPF; it is the law's evidence, as the power's own is.
    """
    user = step.user
    who = {"name": user.name, "cpf": user.cpf or ""} if user is not None else None
    opening = getattr(user, "opening", None)
    with translation.override(settings.LANGUAGE_CODE):
        return canonical(
            {
                "kind": "step_of_power_of_attorney",
                "version": VERSION,
                "text_version": TEXT_VERSION,
                "power": power.code,
                "power_sha256": power.record_sha256,
                "step": PowerStep.Kind(step.kind).name.lower(),
                "text": str(PowerStep.Kind(step.kind).label),
                "at": instant(step.at),
                "time_zone": settings.TIME_ZONE,
                "by": who,
                "in_session_of": _opening(opening),
                "confirmed_by": power.means,
                "signature_sha256": _sha256(power.signature),
                "reason": step.note,
            }
        )


def read(record: bytes | memoryview) -> dict[str, Any]:
    """What a record says."""
    found: dict[str, Any] = json.loads(bytes(record))
    return found


def is_whole_company(power: Power) -> bool:
    """Whether it was granted over the whole company: by its record, since units may be deleted."""
    return bool(read(power.record)["places"]["whole_company"])


def confirmation_asked(power: Power) -> str:
    """How it was to be confirmed when the draft was made: see ``Power.Means``."""
    return str(read(power.record)["confirmation"]["asked"])


def instant(at: datetime) -> str:
    """To the second, with the zone: ``2026-11-27T18:00:00-03:00``."""
    return timezone.localtime(at).isoformat(timespec="seconds")


def _sha256(data: bytes | memoryview | None) -> str:
    return hashlib.sha256(bytes(data)).hexdigest() if data else ""


def _opening(opening: Any) -> dict[str, str] | None:
    if opening is None:
        return None
    return {
        "means": opening.means.value, "cnpj": opening.cnpj, "certificate_sha256": opening.sha256,
    }  # fmt: skip


def _places(power: Power, units: Sequence[Unit]) -> dict[str, Any]:
    company = power.company
    return {
        "company": {"name": company.name, "tax_id": company.tax_id},
        "whole_company": not units,
        "units": [{"code": unit.code, "name": unit.name, "cnpj": unit.cnpj} for unit in units],
    }


def _service(name: str, level: str) -> dict[str, str]:
    service = desks.services()[name]
    operates = str(service.operate) if level == Grant.Level.OPERATE else ""
    return {"name": name, "text": str(service.label), "operate": operates}


def _sentences(power: Power) -> list[str]:
    """The power in words, as the person reads it before confirming."""
    names = {
        "grantor": power.grantor_name, "cnpj": format_tax_id(power.cnpj),
        "signer": power.signer_name, "signer_cpf": format_tax_id(power.signer_cpf),
        "grantee": power.grantee_name, "grantee_cpf": format_tax_id(power.grantee_cpf),
        "start": f"{power.starts_on:%d/%m/%Y}", "end": f"{power.ends_on:%d/%m/%Y}",
    }  # fmt: skip
    return [
        _(
            "%(grantor)s, CNPJ %(cnpj)s, through %(signer)s, CPF %(signer_cpf)s, who answers for it "
            "as its e-CNPJ says, makes %(grantee)s, CPF %(grantee_cpf)s, its attorney in this "
            "portal, for the places and services listed here and for nothing else."
        )
        % names,
        _(
            "It holds from %(start)s to %(end)s, both days included (Brasília time), once the "
            "grantee has accepted it with an e-CPF."
        )
        % names,
        _("The grantee must not pass these powers on to anybody else: no sub-delegation."),
        _how_to_revoke(),
    ]


def _how_to_revoke() -> str:
    return _(
        "The grantor may revoke it at any time, at once and without a reason, in the portal or by a "
        "written request to the provider; the grantee may renounce it at any time."
    )


def _address(name: str, *args: str) -> str:
    return f"{settings.BASE_URL}{reverse(name, args=args)}"


def _certificate(sha256: str, *, at: datetime) -> dict[str, Any]:
    """The certificate of the session, and what its authority said of it until then."""
    known = KnownCertificate.objects.filter(sha256=sha256).first()
    if known is None:
        raise CannotGrant(
            _("The certificate of this session is not known any more. Sign in with it again.")
        )
    verdict = examine(bytes(known.der), purpose=Purpose.SIGN, at=at)
    if verdict.revocation == Revocation.REVOKED:
        raise CannotGrant(_("The certificate of this session was revoked by its authority."))
    as_of = verdict.revocation_as_of
    return {
        "issuer": known.issuer, "serial": known.serial, "sha256": known.sha256,
        "revocation": {
            "state": verdict.revocation.value, "as_of": instant(as_of) if as_of else "",
        },
    }  # fmt: skip
