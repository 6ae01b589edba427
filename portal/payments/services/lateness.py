"""Charges past their due date: each desk is told once of each of its charges."""

from datetime import datetime

from django.db import transaction
from django.utils import timezone

from portal.hooks import ChargeChanged, tell
from portal.payments.models import Charge
from portal.payments.services import finding
from portal.payments.services.charges import note_event

MOST = 1000  # in one run; the next run goes on


def tell_late(*, at: datetime) -> int:
    """Tell of charges that became late. How many. A new slip with a new due date begins anew."""
    today = timezone.localtime(at).date()
    found = finding.late(Charge.objects.filter(late_told_at__isnull=True), today=today)
    count = 0
    for charge in found.order_by("pk")[:MOST]:
        with transaction.atomic():
            mine = Charge.objects.filter(pk=charge.pk, late_told_at__isnull=True, due_on__lt=today)
            if mine.update(late_told_at=at):
                note_event(charge, "late", at=at)
                tell(ChargeChanged(about=charge.about, charge_pk=charge.pk, what="late"))
                count += 1
    return count
