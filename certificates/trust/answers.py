"""Asks an authority's responder about one certificate (OCSP, RFC 6960)."""

import hashlib
import os
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from asn1crypto import ocsp
from django.utils.translation import gettext as _

from certificates.icp.reading import UNPARSABLE
from certificates.trust.lists import SKEW, Refused
from certificates.trust.models import RevocationAnswer
from certificates.trust.parsing import Parsed, Unreadable, parse, verifies

CONTENT_TYPE = "application/ocsp-request"
ACCEPT = "application/ocsp-response"
MAX_BYTES = 64 * 1024
OLDEST = timedelta(hours=12)  # of an answer that does not say how long it holds
_OCSP_SIGNING = "1.3.6.1.5.5.7.3.9"
State = RevocationAnswer.State


@dataclass(frozen=True)
class BuiltRequest:
    """A request's DER and the nonce in it."""

    der: bytes
    nonce: bytes


@dataclass(frozen=True)
class Answer:
    """What the responder said, its signature checked."""

    state: RevocationAnswer.State
    this_update: datetime
    next_update: datetime | None
    revoked_at: datetime | None


def build_request(issuer: Parsed, serial: int) -> BuiltRequest:
    """A request about the certificate of this issuer and serial number."""
    nonce = os.urandom(16)
    request = ocsp.OCSPRequest(
        {
            "tbs_request": {
                "request_list": [{"req_cert": _identifier(issuer, serial)}],
                "request_extensions": [
                    {"extn_id": "nonce", "critical": False, "extn_value": nonce}
                ],
            }
        }
    )
    return BuiltRequest(request.dump(), nonce)


def _identifier(issuer: Parsed, serial: int) -> dict[str, Any]:
    # SHA-1 names the issuer here and proves nothing; not every responder knows another.
    return {
        "hash_algorithm": {"algorithm": "sha1"},
        "issuer_name_hash": hashlib.sha1(issuer.subject, usedforsecurity=False).digest(),
        "issuer_key_hash": hashlib.sha1(issuer.key_bits, usedforsecurity=False).digest(),
        "serial_number": serial,
    }


def read_answer(
    der: bytes, *, request: BuiltRequest, issuer: Parsed, serial: int, at: datetime
) -> Answer:
    """The answer, if the issuer or its delegate signed it and it holds ``at``. Raises Refused."""
    try:
        return _read_answer(der, request, issuer, serial, at)
    except Refused:
        raise
    except UNPARSABLE as error:
        raise Refused(_("This is no answer about a certificate, or it is damaged.")) from error


def _read_answer(
    der: bytes, request: BuiltRequest, issuer: Parsed, serial: int, at: datetime
) -> Answer:
    response = ocsp.OCSPResponse.load(der, strict=True)
    status = response["response_status"].native
    if status != "successful":
        raise Refused(_("The responder refused: %(status)s.") % {"status": status})
    basic = response["response_bytes"]["response"].parsed
    body = basic["tbs_response_data"]
    if not any(_signed(basic, body, signer) for signer in _signers(basic, issuer, at)):
        raise Refused(_("The answer is not signed by the authority."))
    _check_nonce(body, request.nonce)
    for single in body["responses"]:
        if _is_about(single["cert_id"], issuer, serial):
            return _answer(single, at)
    raise Refused(_("The answer is about another certificate."))


def _signers(basic: Any, issuer: Parsed, at: datetime) -> Iterator[Parsed]:
    """Who may sign: the authority itself, and whom it certified for that alone."""
    yield issuer
    for certificate in list(basic["certs"] or ())[:4]:
        try:
            delegate = parse(certificate.dump())
        except Unreadable:
            continue
        if (
            delegate.issuer == issuer.subject
            and delegate.extended is not None
            and _OCSP_SIGNING in delegate.extended
            and delegate.valid(at)
            and not delegate.not_understood
            and delegate.is_signed_by(issuer)
        ):
            yield delegate


def _signed(basic: Any, body: Any, signer: Parsed) -> bool:
    signature = basic["signature"].native
    return verifies(signer.key, basic["signature_algorithm"], signature, body.dump())


def _check_nonce(body: Any, nonce: bytes) -> None:
    """Answers made beforehand carry none; one that carries another's was not made for us."""
    for extension in body["response_extensions"]:
        if extension["extn_id"].native == "nonce":
            if extension["extn_value"].parsed.native != nonce:
                raise Refused(_("The answer was made for another question."))
        elif extension["critical"].native:
            raise Refused(_("The answer has a part that is not understood."))


def _is_about(identifier: Any, issuer: Parsed, serial: int) -> bool:
    digest = getattr(hashlib, identifier["hash_algorithm"]["algorithm"].native)
    return bool(
        identifier["serial_number"].native == serial
        and identifier["issuer_name_hash"].native == digest(issuer.subject).digest()
        and identifier["issuer_key_hash"].native == digest(issuer.key_bits).digest()
    )


def _answer(single: Any, at: datetime) -> Answer:
    this_update, next_update = single["this_update"].native, single["next_update"].native
    if this_update > at + SKEW:
        raise Refused(_("The answer is dated in the future."))
    if (next_update or this_update + OLDEST) <= at:
        raise Refused(_("The answer is out of date."))
    status = single["cert_status"]
    if status.name == "revoked":
        revoked_at = status.chosen["revocation_time"].native
        return Answer(State.REVOKED, this_update, next_update, revoked_at)
    state = State.GOOD if status.name == "good" else State.UNKNOWN
    return Answer(state, this_update, next_update, None)
