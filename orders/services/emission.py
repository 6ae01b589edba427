"""The certificate request of a renewal, and what becomes of it at the certification authority.

Only ``ask_authority`` reaches over the network, and only in a job, outside of transactions. Asked
twice it is the same request: the authority knows it by order and hash.
"""

import base64
import hashlib
from collections.abc import Sequence
from contextlib import suppress
from datetime import datetime, timedelta

from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from django.db import IntegrityError, transaction
from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext as _

from certificates.icp import CertificateRecord, Kind, read_certificate
from certificates.issuing import (
    AuthorityDown,
    CertificateAuthority,
    CertificateRequest,
    Failed,
    Issued,
    IssueOrder,
    Medium,
    Pending,
    Refused,
    Subject,
    current_authority,
)
from certificates.models import CertificateUse, KnownCertificate
from certificates.services.known import record_use
from orders.models import Emission, Order, Product
from orders.services import codes, life
from orders.services.life import NotPossible, move, note_event, refuse_unless
from orders.services.renewing import renewal_of
from portal.accounts.models import User
from portal.outbox.services import enqueue_job
from portal.transitions import IllegalTransition

Status = Order.Status
JOB = "orders.ask_authority"
MOST = 200  # emissions that one run of the beat wakes
AGAIN = timedelta(seconds=30)  # between two questions about a request that is under way
LONGEST = timedelta(hours=1)  # between two to an authority that does not answer
SILENT = timedelta(days=1)  # after so long without an answer staff are told


class BadRequest(NotPossible):
    """The certificate request cannot be used; its text says why."""


def request_certificate(
    order: Order, wanted: CertificateRequest, *, first: str, second: str, by: User, at: datetime,
    request: HttpRequest | None = None,
) -> None:  # fmt: skip
    """Take the request (its signature is right, its key strong) with the two parts of the code, and
    hand it on. Call it outside of any transaction: a wrong code is counted whatever follows.

    Raises BadRequest, codes.WrongCode, NotPossible, IllegalTransition.
    """
    emission = codes.open_emission(order)
    if order.status != Status.APPROVED or emission is None or emission.is_requested:
        raise NotPossible(_("This order takes no request now."))
    _check(order, wanted)
    codes.check(emission, first, second, at=at)
    with transaction.atomic():
        life.lock(order)
        refuse_unless(order.status == Status.APPROVED)
        _keep(emission, wanted, at=at)
        note_event(order, "request", by=by, at=at, note=f"SHA-256 {wanted.sha256}")
        move(
            order, Status.ISSUING, by=by, at=at, request=request,
            only_if={"status": Status.APPROVED},
        )  # fmt: skip
        enqueue_job(JOB, key=f"emission:{emission.pk}:first", emission=emission.pk)


def _check(order: Order, wanted: CertificateRequest) -> None:
    """Nothing that the request says of a person is used, so it may say no other name; and no key is
    certified twice."""
    if wanted.common_name not in {"", str(order.number)}:
        raise BadRequest(
            _("The request names “%(name)s”. Leave its common name (CN) empty or write the order's number, %(number)d: the certificate gets its data from the order.")
            % {"name": wanted.common_name[:80], "number": order.number}
        )  # fmt: skip
    if wanted.key_sha256 in _keys_of_holder(order) or _is_known(wanted):
        raise BadRequest(_("This key was used before. Make a new key and a new request."))


def _is_known(wanted: CertificateRequest) -> bool:
    return Emission.objects.filter(key_sha256=wanted.key_sha256).exists()


def _keys_of_holder(order: Order) -> set[str]:
    """SHA-256 of the keys of all the holder's certificates that the portal has met."""
    numbers = {order.holder_cpf, order.company_cnpj} - {""}
    known = KnownCertificate.objects.filter(tax_id__in=numbers).values_list("der", flat=True)
    return {key_hash(bytes(der)) for der in known}


def key_hash(der: bytes) -> str:
    """SHA-256 of the public key of a certificate; empty for one that cryptography refuses."""
    try:
        key = x509.load_der_x509_certificate(der).public_key()
    except ValueError:
        return ""
    return hashlib.sha256(
        key.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    ).hexdigest()


def _keep(emission: Emission, wanted: CertificateRequest, *, at: datetime) -> None:
    """Of two with one key, or two requests of one code, the row and its constraint let one."""
    rows = Emission.objects.filter(pk=emission.pk, closed_at=None, csr=None)
    try:
        with transaction.atomic():
            kept = rows.update(
                csr=wanted.der, csr_sha256=wanted.sha256, key_sha256=wanted.key_sha256,
                requested_at=at, next_poll_at=at, screen_sealed=None,
            )  # fmt: skip
    except IntegrityError:
        raise BadRequest(_("This key was used before. Make a new key and a new request.")) from None
    refuse_unless(kept, _("A request was sent with this code already."))


def wake_due(*, at: datetime) -> int:
    """Have the authority asked about every request whose time has come. How many."""
    due = Emission.objects.at_authority().filter(next_poll_at__lte=at).order_by("next_poll_at")
    count = 0
    for emission in due.only("pk", "next_poll_at")[:MOST]:
        assert emission.next_poll_at is not None  # noqa: S101 - the query asks for it
        key = f"emission:{emission.pk}:{emission.next_poll_at.timestamp():.6f}"
        count += enqueue_job(JOB, key=key, emission=emission.pk) is not None
    return count


def ask_authority(emission: Emission, *, at: datetime) -> None:
    """Hand the request over, or ask how far it is, and do what follows. In a job alone."""
    authority = current_authority()
    if authority is None:
        _postpone(emission, at=at)
        return
    order = Order.objects.select_related("product", "holder").get(pk=emission.order_id)
    try:
        state = _ask(authority, emission, _issue_order(order), at=at)
    except AuthorityDown as down:
        _postpone(emission, at=at, seconds=down.retry_after)
        return
    except Refused as refused:
        state = Failed(str(refused))
    if isinstance(state, Pending):
        pause = timedelta(seconds=state.retry_after) if state.retry_after else AGAIN
        Emission.objects.filter(pk=emission.pk).update(
            next_poll_at=at + min(max(pause, AGAIN), LONGEST), silent_since=None, unanswered=0
        )
    elif isinstance(state, Issued):
        _take(emission, order, state.chain, at=at)
    else:
        fail(emission, order, state.reason, at=at)


def _ask(
    authority: CertificateAuthority, emission: Emission, wanted: IssueOrder, *, at: datetime
) -> Pending | Issued | Failed:
    csr = bytes(emission.csr or b"")
    if not emission.ref:
        renewal = renewal_of(Order.objects.get(pk=emission.order_id))
        proof = bytes(renewal.signature) if renewal and renewal.signature else None
        emission.ref = authority.submit(wanted, csr, proof)
        rows = Emission.objects.filter(pk=emission.pk)
        rows.update(ref=emission.ref, submitted_at=at)
    return authority.poll(emission.ref, wanted, csr)


def _issue_order(order: Order) -> IssueOrder:
    """Whom the certificate will name, as the order says it: validated, and never from the request."""
    product = order.product
    is_company = product.kind == Product.Kind.E_CNPJ
    renewal = renewal_of(order)
    old = read_certificate(bytes(renewal.certificate.der)) if (
        renewal and renewal.is_confirmed and renewal.certificate
    ) else None  # fmt: skip
    born_on = order.holder_born_on or (old.person.birth if old and old.person else None)
    return IssueOrder(
        reference=str(order.number), years=product.years, medium=Medium(product.level.upper()),
        subject=Subject(
            kind=Kind.E_CNPJ if is_company else Kind.E_CPF, name=order.holder_name,
            cpf=order.holder_cpf, born_on=born_on, email=order.holder_email,
            company_name=order.company_name if is_company else "",
            cnpj=order.company_cnpj if is_company else "",
        ),
    )  # fmt: skip


def _postpone(emission: Emission, *, at: datetime, seconds: int | None = None) -> None:
    """The authority does not answer: it is asked again, after longer and longer pauses."""
    pause = timedelta(seconds=seconds) if seconds else AGAIN * 2 ** min(emission.unanswered, 10)
    since = emission.silent_since or at
    Emission.objects.filter(pk=emission.pk, closed_at=None).update(
        next_poll_at=at + min(max(pause, AGAIN), LONGEST), unanswered=emission.unanswered + 1,
        silent_since=since,
    )  # fmt: skip
    already = emission.order.events.filter(kind="unanswered", at__gte=since).exists()
    if at - since >= SILENT and not already:
        note_event(emission.order, "unanswered", by=None, at=at)


def given_up(emission: Emission, *, at: datetime) -> None:
    """The job failed in a way that nobody foresaw: it is tried again later."""
    _postpone(emission, at=at, seconds=int(LONGEST.total_seconds()))


def _take(emission: Emission, order: Order, chain: Sequence[bytes], *, at: datetime) -> None:
    """The certificate came: keep it, if it is of this key and this holder."""
    try:
        leaf = read_certificate(chain[0])
    except Exception:  # noqa: BLE001 - whatever an authority's bytes make a parser raise
        _postpone(emission, at=at)
        return
    if key_hash(chain[0]) != emission.key_sha256 or not _names_holder(leaf, order):
        fail(emission, order, _("The authority answered with the certificate of another key or holder."), at=at)  # fmt: skip
        return
    with transaction.atomic():
        life.lock(order)
        kept = Emission.objects.filter(pk=emission.pk, issued_at=None).update(
            chain=as_text(chain), issued_at=at, closed_at=at,
            certificate_sha256=leaf.sha256, next_poll_at=None, silent_since=None,
        )  # fmt: skip
        if kept:
            _issued(order, leaf, at=at)


def _issued(order: Order, leaf: CertificateRecord, *, at: datetime) -> None:
    record_use(
        leaf, origin=CertificateUse.Origin.ORDER, at=at, user=order.holder, company=order.company
    )
    if order.status != Status.ISSUING:  # staff had given it up
        note_event(order, "late", by=None, at=at, note=leaf.serial.upper())
        return
    move(
        order, Status.ISSUED, by=None, at=at, serial=leaf.serial.upper(),
        issued_on=timezone.localtime(at).date(),
        valid_until=timezone.localtime(leaf.not_after).date(),
    )  # fmt: skip


def _names_holder(leaf: CertificateRecord, order: Order) -> bool:
    cnpj = order.company_cnpj if order.product.kind == Product.Kind.E_CNPJ else ""
    return leaf.cpf == order.holder_cpf and leaf.cnpj == cnpj


@transaction.atomic
def fail(emission: Emission, order: Order, reason: str, *, at: datetime) -> None:
    """The authority will not issue it: the order goes back, with the reason and a new code."""
    life.lock(order)
    text = " ".join(reason.split())[:400] or _("The authority gave no reason.")
    rows = Emission.objects.filter(pk=emission.pk, closed_at=None)
    if not rows.update(closed_at=at, failed_at=at, reason=text, next_poll_at=None):
        return
    with suppress(IllegalTransition):  # staff were faster
        move(order, Status.APPROVED, by=None, at=at, note=text, only_if={"status": Status.ISSUING})
        codes.make(order, by=None, at=at)


def end_by_staff(order: Order, *, at: datetime, reason: str = "") -> None:
    """Staff noted by hand what became of it: nobody asks the authority any more. In a transaction."""
    order.emissions.open().update(
        closed_at=at, reason=reason, next_poll_at=None, screen_sealed=None
    )


def fetched(order: Order, *, at: datetime) -> None:
    """The holder has the file that the browser made."""
    order.emissions.filter(fetched_at=None).exclude(issued_at=None).update(fetched_at=at)


def as_text(chain: Sequence[bytes]) -> list[str]:
    """Certificates as base64 of their DER."""
    return [base64.b64encode(der).decode() for der in chain]


def issued_chain(order: Order) -> list[bytes]:
    """The certificate and its issuers, as DER; empty while there is none."""
    found = order.emissions.exclude(issued_at=None).order_by("-pk").first()
    return [base64.b64decode(text) for text in found.chain] if found else []


@transaction.atomic
def used_to_log_in(sha256: str, user: User, *, at: datetime) -> None:
    """The new certificate opened a session for the first time: its holder has it."""
    found = Order.objects.filter(status=Status.ISSUED, emissions__certificate_sha256=sha256)
    for order in found:
        life.lock(order)
        with suppress(IllegalTransition):  # confirmed at this moment
            move(
                order, Status.DELIVERED, by=user, at=at, is_told=False,
                note=_("The certificate was used to sign in."),
                only_if={"status": Status.ISSUED},
            )  # fmt: skip
