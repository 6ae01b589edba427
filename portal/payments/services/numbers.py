"""Numbers of slips ("nosso número"): each is given once, in the order of the agreement."""

from datetime import datetime

from django.db import transaction
from django.utils import timezone

from portal.payments.banks import accounts
from portal.payments.models import Agreement


def allocate(agreement: Agreement, *, at: datetime) -> int:
    """The agreement's next number. Others wait for it until the caller's transaction ends.

    Raises SlipDataError when the series is used up. ``payments_number_once`` is the last guard.
    """
    with transaction.atomic():
        row = Agreement.objects.select_for_update().get(pk=agreement.pk)
        year = timezone.localtime(at).year
        number = accounts.next_number(row.bank_account, row.last_number, year=year)
        Agreement.objects.filter(pk=row.pk).update(last_number=number)
    agreement.last_number = number
    return number
