"""Mail about certificate orders: to the holder and the responsible person, and to staff."""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import datetime
from typing import Any

from django.conf import settings
from django.contrib.auth.models import Permission
from django.db.models import Q
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from orders.models import Emission, Order, Renewal
from portal.accounts.models import User
from portal.outbox.services import enqueue_mail

Status = Order.Status
# What the client reads when the order comes into a state. No mail about the others.
WORDS: dict[str, str | Promise] = {
    Status.AWAITING_PAYMENT: _("It waits for payment. The bank slip is in the portal."),
    Status.AWAITING_AUTHORIZATION: _("It waits for the authorisation of the public body."),
    Status.PAYMENT_REVIEW: _(
        "A payment came whose amount is not the order's. We are looking at it and will tell you."
    ),
    Status.AWAITING_APPOINTMENT: _(
        "It is paid or authorised. Now choose the place, day and time of your appointment."
    ),
    Status.AWAITING_VALIDATION: _("An agent checks your documents."),
    Status.PENDING_DOCUMENTS: _("Something is missing. Send it or answer in the portal."),
    Status.AWAITING_VERIFICATION: _(
        "Your documents were validated. A second agent verifies them before the certificate is issued."
    ),
    Status.APPROVED: _("It was approved: the certificate may be issued."),
    Status.ISSUED: _("Your certificate was issued. Confirm in the portal that you have it."),
    Status.REVOKED: _("Your certificate was revoked: it is valid no more."),
    Status.EXPIRED: _("The validity of your certificate has ended."),
    Status.REFUSED: _("It was refused."),
    Status.CANCELLED: _("It was cancelled."),
    Status.INCOMPLETE: _("It is open again. Supply what is missing in the portal."),
}
TO_CONFIRM = _(
    "It is paid or authorised. Now confirm the renewal with your present certificate, or come in person."
)
_silent: ContextVar[bool] = ContextVar("silent", default=False)


@contextmanager
def silently() -> Iterator[None]:
    """Nobody is mailed about what happens inside: a past that is only brought in or made up."""
    before = _silent.set(True)
    try:
        yield
    finally:
        _silent.reset(before)


def is_silent() -> bool:
    """Whether nobody is mailed now: see ``silently``."""
    return _silent.get()


def moved(order: Order, *, note: str, at: datetime) -> None:
    """To the client: in which state the order is now, and why."""
    text = WORDS.get(order.status)
    if order.status == Status.AWAITING_VALIDATION and order.is_renewal:
        text = _of_paid_renewal(order)
    if text:
        _mail_client(
            order, "moved", key=f"{order.status}:{at.timestamp():.6f}", text=text, note=note
        )


def _of_paid_renewal(order: Order) -> str | Promise:
    """Empty for one that was confirmed: it goes on at once, and that is told."""
    renewal = Renewal.objects.filter(order=order).first()
    if renewal is None or renewal.confirmed_at is None:
        return TO_CONFIRM
    return "" if renewal.is_confirmed and not order.appointments.exists() else WORDS[order.status]


def code(order: Order, part: str, *, emission: Emission) -> None:
    """To the holder alone: the second part of the code with which the certificate is issued."""
    _mail(
        order, order.holder_email, order.holder_name, "code", key=f"code:{emission.pk}", part=part,
        until=emission.code_until,
        link=settings.BASE_URL + reverse("orders:issue", args=[order.number]),
    )  # fmt: skip


def registered(order: Order) -> None:
    """To the holder: staff registered an order, and how it is found in the portal."""
    address = settings.BASE_URL + reverse("accounts:register", args=["servicos-online"])
    _mail_client(order, "registered", key="registered", register=address)


def refunded(order: Order, *, at: datetime) -> None:
    """To the client and the payer: the money was given back, and how."""
    key = f"refund:{at.timestamp():.6f}"
    _mail_client(order, "refunded", key=key, note=order.refund_note)
    payer = order.payer
    if payer and payer.email and payer.email.lower() not in _addresses(order):
        _mail(
            order, payer.email, payer.name, "refunded", key=f"{key}:payer", note=order.refund_note
        )


def new_slip(order: Order, *, payer: str = "") -> None:
    """To the client: staff issued another slip, because ``payer`` pays now or for a new due date."""
    charge = order.charge
    slip = charge.slips.order_by("-pk").first() if charge else None
    if charge is None or slip is None:
        return
    _mail_client(
        order, "new_slip", key=f"slip:{slip.pk}", slip=slip, payer=payer,
        is_first=charge.slips.count() == 1,
        link=settings.BASE_URL + reverse("orders:slips", args=[order.number]),
    )  # fmt: skip


def money_waits(order: Order, *, at: datetime) -> None:
    """To staff who decide about it: money came for an order that has ended."""
    for user in staff_with("refund_order"):
        _mail_staff(order, user, "money_waits", key=f"money:{at.timestamp():.6f}")


def staff_with(codename: str) -> list[User]:
    """Active staff who hold this permission of the desk and have an e-mail."""
    held = Permission.objects.filter(content_type__app_label="orders", codename=codename)
    people = User.objects.filter(is_active=True, is_staff=True).exclude(email=None)
    asked = Q(user_permissions__in=held) | Q(groups__permissions__in=held) | Q(is_superuser=True)
    return list(people.filter(asked).distinct().order_by("pk"))


def _addresses(order: Order) -> dict[str, str]:
    """Address -> name of who is told about the order."""
    found = {order.holder_email.lower(): order.holder_name}
    found.setdefault(order.responsible_email.lower(), order.responsible_name)
    return {address: name for address, name in found.items() if address}


def _mail_client(order: Order, template: str, *, key: str, **context: Any) -> None:
    for place, (address, name) in enumerate(_addresses(order).items()):
        _mail(order, address, name, template, key=f"{key}:{place}", **context)


def _mail(
    order: Order, address: str, name: str, template: str, *, key: str, **context: Any
) -> None:
    if is_silent():
        return
    enqueue_mail(
        to=address, template=f"orders/mail/{template}",
        context={
            "order": order, "name": name, "link": settings.BASE_URL + order.get_absolute_url(),
            **context,
        },
        key=f"order:{order.pk}:{key}",
        about=[pk for pk in (order.holder_id, order.responsible_id) if pk],
    )  # fmt: skip


def _mail_staff(order: Order, user: User, template: str, *, key: str) -> None:
    if is_silent():
        return
    enqueue_mail(
        to=user.email or "", template=f"orders/mail/{template}",
        context={"order": order, "link": settings.BASE_URL + order.desk_url},
        key=f"order:{order.pk}:{key}:staff:{user.pk}",
        about=[pk for pk in (user.pk, order.holder_id, order.responsible_id) if pk],
    )  # fmt: skip


def daily(user: User, counts: dict[str, int], *, at: datetime) -> None:
    """To one of the staff, once a day: how many orders wait for somebody to look at them."""
    day = f"{at:%Y-%m-%d}"
    enqueue_mail(
        to=user.email or "", template="orders/mail/daily",
        context={"counts": counts, "link": settings.BASE_URL + reverse("orders:desk")},
        key=f"orders-daily:{day}:{user.pk}", about=[user.pk],
    )  # fmt: skip
