"""Whether a certificate may confirm the renewal that an order asks for; if not, why, in sentences.

Renewal without coming in person: Resolution CG ICP-Brasil 211/2024, 3.3, and IN ITI 05/2021, 2.1.6
and 2.1.7. What the operator decides of it stands with each product. Who is refused comes in person.
"""

from collections.abc import Iterator
from datetime import datetime, timedelta

from django.utils import timezone
from django.utils.translation import gettext as _

from certificates.icp import CertificateRecord, Kind
from certificates.models import KnownCertificate
from orders.models import Order, Product, Renewal
from portal.taxid import public_tax_id
from portal.ui.search import without_accents

_HIGH = {"A3", "A4"}
_CUT = 40  # authorities cut longer names


def refusals(order: Order, shown: CertificateRecord, *, at: datetime) -> list[str]:
    """Why this certificate, valid or not, cannot confirm the order's renewal; empty if it can."""
    return [*_of_identity(order, shown), *_of_validity(order, shown, at), *_of_policy(order, shown)]


def _of_identity(order: Order, shown: CertificateRecord) -> Iterator[str]:
    """The certificate is of the same holder: kind, number and name."""
    is_company = order.product.kind == Product.Kind.E_CNPJ
    if shown.kind != (Kind.E_CNPJ if is_company else Kind.E_CPF):
        yield _("This order renews an %(kind)s: use the certificate of that kind.") % {
            "kind": order.product.get_kind_display()
        }
        return
    if is_company and shown.cnpj != order.company_cnpj:
        yield _("The certificate is of another company (CNPJ %(cnpj)s).") % {
            "cnpj": public_tax_id(shown.cnpj)
        }
        return
    if shown.cpf != order.holder_cpf:
        yield (
            _("The certificate names another person as responsible for the company.")
            if is_company
            else _("The certificate is of another person.")
        )
        return
    person = shown.person.name if shown.person and shown.person.name else shown.name
    names = [(order.holder_name, person)]
    names += [(order.company_name, shown.name)] if is_company else []
    for said, stands in names:
        if not _same_name(said, stands):
            yield _(
                "The order says “%(said)s”, and the certificate “%(name)s”. Have the order corrected; a name that has changed is checked in person."
            ) % {"said": said, "name": stands}


def _of_validity(order: Order, shown: CertificateRecord, at: datetime) -> Iterator[str]:
    day = timezone.localtime(shown.not_after)
    if shown.not_after <= at:
        yield _("The certificate expired on %(day)s: only a valid one can be renewed.") % {
            "day": f"{day:%d/%m/%Y}"
        }
    elif shown.not_before > at:
        yield _("The certificate is not valid yet.")
    elif KnownCertificate.objects.filter(sha256=shown.sha256, revoked_at__lte=at).exists():
        yield _("The certificate was revoked: only a valid one can be renewed.")
    elif order.product.window_days:
        first = shown.not_after - timedelta(days=order.product.window_days)
        if at < first:
            yield _("It is too early: this certificate can be renewed from %(day)s on.") % {
                "day": f"{timezone.localtime(first):%d/%m/%Y}"
            }


def _of_policy(order: Order, shown: CertificateRecord) -> Iterator[str]:
    product = order.product
    if product.signature_level == Product.Signature.A3 and shown.policy not in _HIGH:
        yield _(
            "A renewal is confirmed with a certificate of level A3 or higher; this one is %(level)s."
        ) % {"level": shown.policy or "–"}
    most = product.max_consecutive
    if most and consecutive(order, shown) > most:
        yield _(
            "This certificate was itself renewed without coming in person, which is possible %(n)d time(s) in a row."
        ) % {"n": most}
    taken = Renewal.objects.filter(certificate_sha256=shown.sha256, in_force=True)
    if other := taken.exclude(order=order).select_related("order").first():
        yield _("This certificate is being renewed by order %(number)d already.") % {
            "number": other.order.number
        }


def consecutive(order: Order, shown: CertificateRecord) -> int:
    """How many renewals in a row this one would be: one more than that of the order from which the
    certificate came, if that was a confirmed renewal."""
    came_from = Order.objects.filter(emissions__certificate_sha256=shown.sha256).first()
    if came_from is None:
        of_holder = Order.objects.filter(holder_cpf=order.holder_cpf).exclude(serial="")
        came_from = next((o for o in of_holder if same_serial(o.serial, shown.serial)), None)
    renewal = Renewal.objects.filter(order=came_from).first() if came_from else None
    return renewal.consecutive + 1 if renewal and renewal.is_confirmed else 1


def same_serial(one: str, other: str) -> bool:
    """Whether two hexadecimal serial numbers are the same, whatever their case and zeros."""
    return one.upper().lstrip("0") == other.upper().lstrip("0") != ""


def _same_name(said: str, stands: str) -> bool:
    """By their letters alone; of a long name authorities cut the end."""
    one, other = (" ".join(without_accents(name).upper().split()) for name in (said, stands))
    return one == other or (len(other) >= _CUT and one.startswith(other))
