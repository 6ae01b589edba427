"""A file is undone while another one that reports the same is posted: nothing is lost between them."""

import threading
from typing import Any

import pytest
from django.utils import timezone

from portal.batches import services as batches
from portal.batches import slices
from portal.payments.models import BankFile, Difference, Settlement
from portal.payments.services import settlements
from tests.factories import Cast
from tests.payments.importing import a_return, a_slip, an_agreement, hand_in, post, says
from tests.racing import LOOKED_SECONDS, at_once

pytestmark = pytest.mark.django_db(transaction=True)


def test_a_payment_of_nobody_is_that_of_the_file_that_is_posted_meanwhile(
    cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    a_slip(an_agreement())
    paid = says(777, "06", 500)
    first = post(a_return([paid]), cast.faturista)
    second = hand_in(a_return([paid], sequence=8), cast.faturista)
    batches.start_applying(second, by=cast.faturista, at=timezone.now())
    batches.undo(first, by=cast.faturista, at=timezone.now())
    looked, save = threading.Event(), slices.save_applied

    def save_late(*args: Any, **more: Any) -> None:
        looked.set()
        threading.Event().wait(LOOKED_SECONDS)
        save(*args, **more)

    def undo() -> None:
        looked.wait()
        settlements.undo_slice(BankFile.objects.get(pk=first.pk), by=cast.faturista)

    monkeypatch.setattr(slices, "save_applied", save_late)
    told = at_once(
        lambda: settlements.apply_slice(BankFile.objects.get(pk=second.pk), by=cast.faturista),
        undo,
    )
    assert told == [None, None]
    assert Settlement.objects.get(undone_at=None).bank_file == second
    difference = Difference.objects.get(status=Difference.Status.OPEN)
    assert difference.bank_file == second
