"""Payers that were never charged: kept only while something refers to them."""

from django.db import transaction
from django.db.models import ProtectedError

from portal.payments.models import Payer


def drop_unused(payer: Payer | None) -> bool:
    """Delete a payer whom no charge, slip or object of a desk names. Whether it is gone.

    One that was charged stays with the books.
    """
    if payer is None or payer.pk is None:
        return False
    try:
        with transaction.atomic():
            Payer.objects.filter(pk=payer.pk).delete()
    except ProtectedError:
        return False
    return True
