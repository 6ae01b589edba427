"""A renewal is confirmed with the certificate that it renews, and the system validates by that.

Raises NotPossible and IllegalTransition; ``Unconfirmed`` where the certificate cannot confirm it.
"""

import hashlib
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.http import HttpRequest
from django.utils.translation import gettext as _

from certificates.icp import CertificateRecord, read_certificate
from certificates.models import KnownCertificate
from certificates.services.known import keep_certificate
from certificates.signatures.verification import SignatureReport, ask_about, verify_detached
from orders.models import Order, Renewal
from orders.services import codes, life
from orders.services.life import NotPossible, move, note_event, refuse_unless
from orders.services.renewal_policy import consecutive, refusals
from orders.services.stages import is_booked
from portal.accounts.models import User
from portal.accounts.opening import Opening
from portal.audit.services import record as audit
from portal.canonical import canonical
from portal.taxid import format_tax_id

Status = Order.Status
Means = Renewal.Means
# In these the holder may confirm; what is paid goes on at once.
CONFIRMABLE = (
    Status.INCOMPLETE, Status.AWAITING_PAYMENT, Status.AWAITING_AUTHORIZATION,
    Status.PAYMENT_REVIEW, Status.AWAITING_APPOINTMENT, Status.AWAITING_VALIDATION,
)  # fmt: skip
PAID = (Status.AWAITING_APPOINTMENT, Status.AWAITING_VALIDATION)
VERSION = 1


class Unconfirmed(NotPossible):
    """This certificate cannot confirm the renewal; ``reasons``, a sentence each."""

    def __init__(self, reasons: list[str]) -> None:
        super().__init__(" ".join(reasons))
        self.reasons = reasons


@dataclass(frozen=True, kw_only=True)
class Proof:
    """With what a renewal is confirmed: the certificate, and the signature where one was made."""

    shown: CertificateRecord
    means: Means
    signature: bytes | None = None


def by_signature() -> bool:
    """Whether the operator asks for a signed request; else a session with the certificate will do."""
    return bool(settings.ORDERS_RENEWAL_CONFIRMED_BY == "signature")


def renewal_of(order: Order) -> Renewal | None:
    return Renewal.objects.select_related("certificate").filter(order=order).first()


def record_of(order: Order) -> bytes:
    """The request for the renewal: canonical JSON. It says the same as long as the order does, so
    that what was signed can be compared."""
    product = order.product
    said: dict[str, Any] = {
        "document": "renewal-request", "version": VERSION, "order": order.number,
        "product": {
            "name": order.product_name, "kind": product.kind, "level": product.level,
            "years": product.years,
        },
        "holder": {
            "name": order.holder_name, "cpf": order.holder_cpf, "email": order.holder_email,
        },
        "company": {"name": order.company_name, "cnpj": order.company_cnpj},
        "text": words_of(order),
    }  # fmt: skip
    return canonical(said)


def words_of(order: Order) -> str:
    """What the holder confirms, always in Portuguese: it is kept and signed as it stands here."""
    company = f", da empresa {order.company_name}, CNPJ {format_tax_id(order.company_cnpj)}," if (
        order.company_cnpj
    ) else ""  # fmt: skip
    return (
        f"Eu, {order.holder_name}, CPF {format_tax_id(order.holder_cpf)}{company} peço a renovação do "
        f"meu certificado digital pelo pedido {order.number} ({order.product_name}). Declaro que os "
        "dados acima não mudaram desde a minha última identificação presencial e que o certificado "
        "com que confirmo este pedido é meu, válido e não foi comprometido."
    )  # fmt: skip


def shown_in(opening: Opening) -> CertificateRecord | None:
    """The certificate that opened the session."""
    if not opening.by_certificate:
        return None
    known = KnownCertificate.objects.filter(sha256=opening.sha256).first()
    return read_certificate(bytes(known.der)) if known else None


def confirm(
    order: Order, *, opening: Opening, by: User, at: datetime, request: HttpRequest | None = None
) -> None:
    """The holder asks for the renewal in a session that the certificate itself opened."""
    shown = shown_in(opening)
    if by_signature():
        raise NotPossible(_("Here a renewal is confirmed by a signature over its request."))
    if shown is None:
        raise NotPossible(_("Sign in with the certificate that is to be renewed."))
    _confirm(order, Proof(shown=shown, means=Means.SESSION), by=by, at=at, request=request)


def confirm_signed(
    order: Order, p7s: bytes, *, by: User, at: datetime, request: HttpRequest | None = None
) -> None:
    """The holder asks for it by a detached signature (CMS) over ``record_of(order)``."""
    if not by_signature():
        raise NotPossible(_("Here a renewal is confirmed in a session with the certificate."))
    try:
        report = verify_detached(record_of(order), p7s)[0]
    except ValidationError as error:
        raise Unconfirmed([" ".join(error.messages)]) from None
    if reasons := _wrong_with(report):
        raise Unconfirmed(reasons)
    assert report.record is not None  # noqa: S101 - a trusted one was read
    proof = Proof(shown=report.record, means=Means.SIGNATURE, signature=p7s)
    _confirm(order, proof, by=by, at=at, request=request)


def _wrong_with(report: SignatureReport) -> list[str]:
    if not report.whole:
        return [_("The signature is of another file: sign the request of this order as it was downloaded.")]  # fmt: skip
    if not report.trusted or report.record is None:
        return report.reasons or [_("The signer's certificate is not of an authority that we trust.")]  # fmt: skip
    if report.is_revoked_since:
        return [_("The certificate was revoked: only a valid one can be renewed.")]
    if report.is_revocation_open:
        ask_about([report])
        return [_("Its authority has not yet told whether the certificate was revoked. Send the signature again in a minute.")]  # fmt: skip
    return []


@transaction.atomic
def _confirm(
    order: Order, proof: Proof, *, by: User, at: datetime, request: HttpRequest | None
) -> None:
    life.lock(order)
    refuse_unless(order.is_renewal and order.status in CONFIRMABLE)
    refuse_unless(
        not is_booked(order),
        _("An appointment is booked for this order: cancel it first."),
    )
    if reasons := refusals(order, proof.shown, at=at):
        raise Unconfirmed(reasons)
    known = keep_certificate(proof.shown, at=at)
    record = record_of(order)
    values = {
        "certificate": known, "certificate_sha256": known.sha256, "serial": known.serial,
        "not_after": known.not_after, "means": proof.means, "confirmed_at": at, "confirmed_by": by,
        "consecutive": consecutive(order, proof.shown), "record": record,
        "record_sha256": hashlib.sha256(record).hexdigest(), "signature": proof.signature,
        "in_force": True, "in_person_at": None,
    }  # fmt: skip
    renewal, _is_new = Renewal.objects.get_or_create(order=order)
    refuse_unless(not renewal.is_confirmed, _("This renewal was confirmed already."))
    try:
        with transaction.atomic():
            Renewal.objects.filter(pk=renewal.pk).update(**values)
    except IntegrityError:  # confirmed by another order at this moment
        raise Unconfirmed([_("This certificate is being renewed by another order already.")]) from None  # fmt: skip
    note_event(order, "renewed", by=by, at=at, note=f"{known.get_kind_display()} {known.serial}")
    audit(
        "order.renewed", target=order, company=order.audit_company, actor=by, request=request, at=at,
        data={"certificate": known.sha256, "means": proof.means},
    )  # fmt: skip
    if order.status == Status.AWAITING_APPOINTMENT:
        move(order, Status.AWAITING_VALIDATION, by=by, at=at, request=request, is_told=False)
    go_on(order, at=at)


@transaction.atomic
def choose_in_person(
    order: Order, *, by: User, at: datetime, request: HttpRequest | None = None
) -> None:
    """The holder comes in person, as for a first certificate: an appointment is booked, if the order
    is paid."""
    life.lock(order)
    refuse_unless(order.is_renewal and order.status in CONFIRMABLE)
    renewal, _is_new = Renewal.objects.get_or_create(order=order)
    refuse_unless(not renewal.is_confirmed, _("This renewal was confirmed already."))
    if not renewal.in_person_at:
        renewal.in_person_at = at
        renewal.save(update_fields=["in_person_at"])
        note_event(order, "in_person", by=by, at=at)
    if order.status == Status.AWAITING_VALIDATION and not is_booked(order):
        move(order, Status.AWAITING_APPOINTMENT, by=by, at=at, request=request, is_told=False)


def go_on(order: Order, *, at: datetime) -> None:
    """Validate a paid renewal by the confirmation that was accepted. In the transaction that
    confirmed or paid it; not after an agent returned it.

    Nothing happens where it is not confirmed, or the certificate was revoked meanwhile: an agent
    looks at it then.
    """
    renewal = renewal_of(order) if order.status == Status.AWAITING_VALIDATION else None
    if renewal is None or not renewal.is_confirmed:
        return
    if renewal.certificate and renewal.certificate.revoked_at:
        return
    is_verified = settings.ORDERS_RENEWAL_VERIFIED
    move(
        order, Status.AWAITING_VERIFICATION, by=None, at=at, is_told=is_verified,
        note=_("Validated by the system: the holder confirmed it with the certificate."),
        validated_by=None, validated_by_system=True, validated_at=at,
    )  # fmt: skip
    if not is_verified:
        move(order, Status.APPROVED, by=None, at=at)
        codes.make(order, by=None, at=at)


def release(order: Order, *, by: User | None, at: datetime) -> None:
    """The confirmation no longer counts: the order ended, or its holder was corrected. The evidence
    stays, and the certificate may be renewed by another order. In a transaction."""
    changed = Renewal.objects.filter(order=order, in_force=True).exclude(confirmed_at=None)
    if changed.update(in_force=False):
        note_event(order, "unrenewed", by=by, at=at)
