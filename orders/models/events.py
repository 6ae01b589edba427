"""The history of an order."""

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from orders.models.orders import Order


class OrderEvent(models.Model):
    """What happened to an order: its states, and what people did without changing its state.

    ``kind`` is a state, or one of ``KINDS``.
    """

    KINDS = {
        "placed": _("Ordered"),
        "found": _("Shown in the account of its person"),
        "payer": _("Payer chosen"),
        "corrected": _("Data of the holder corrected"),
        "imported": _("Imported"),
        "answered": _("Answer to a pendency"),
        "document": _("Document handed in"),
        "closed_pendency": _("Pendency closed"),
        "money": _("Payment after the end of the order"),
        "duplicate": _("Paid twice"),
        "undone": _("Payment taken back"),
        "refund": _("Money given back"),
        "booked": _("Appointment booked"),
        "moved": _("Appointment moved"),
        "unbooked": _("Appointment cancelled"),
        "arrived": _("Arrived for the appointment"),
        "attended": _("Appointment attended"),
        "missed": _("Did not come to the appointment"),
        "renewed": _("Renewal confirmed with the certificate"),
        "unrenewed": _("The confirmation of the renewal no longer counts"),
        "in_person": _("The holder comes in person"),
        "code": _("Code of issue made"),
        "request": _("Certificate request sent"),
        "unanswered": _("The certification authority does not answer"),
        "late": _("The certificate came after the order had gone back"),
    }

    order = models.ForeignKey(Order, on_delete=models.CASCADE, related_name="events")
    kind = models.CharField(_("event"), max_length=20)
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, blank=True, related_name="+"
    )
    at = models.DateTimeField(_("at"))
    # A reason that somebody gave; the client reads it.
    note = models.CharField(_("note"), max_length=500, blank=True)

    class Meta:
        verbose_name = _("event of an order")
        verbose_name_plural = _("events of orders")
        ordering = ("at", "pk")

    def __str__(self) -> str:
        return f"{self.kind} {self.at:%Y-%m-%d}"

    @property
    def label(self) -> str:
        """What happened, in a person's words."""
        return str({**dict(Order.Status.choices), **self.KINDS}.get(self.kind, self.kind))
