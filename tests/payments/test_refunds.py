"""Money that is given back is said once: on the charge's page, the difference's, or its order's."""

from datetime import date

import pytest
from django.utils import timezone

from portal.payments.errors import PaymentError
from portal.payments.models import Charge, Difference, Slip
from portal.payments.services import decisions, refunds
from portal.payments.services.charges import take_back_settlement, withdraw_charge
from portal.transitions import IllegalTransition
from tests.factories import Cast
from tests.payments.importing import a_return, a_slip, an_agreement, post, says

pytestmark = pytest.mark.django_db
DAY = date(2026, 3, 25)


def paid(cast: Cast, *amounts: int) -> Slip:
    slip = a_slip(an_agreement())
    post(a_return([says(slip, "06", cents) for cents in amounts]), cast.faturista)
    return slip


def stands(slip: Slip) -> tuple[str, int, list[tuple[str, str]]]:
    charge = Charge.objects.get(pk=slip.charge_id)
    found = charge.differences.order_by("pk").values_list("kind", "status")
    return charge.status, charge.refunded_cents, list(found)


def said_on_the_charge(slip: Slip, cents: int, cast: Cast) -> None:
    charge = Charge.objects.get(pk=slip.charge_id)
    decisions.note_refund(
        charge, cents=cents, reason="Pix", by=cast.faturista, at=timezone.now()
    )  # fmt: skip


@pytest.mark.parametrize(
    ("amounts", "cents", "after"),
    [((12_000,), 2_000, ("settled", 2_000, [("over", "refunded")])),
     ((10_000, 10_000), 10_000, ("settled", 10_000, [("duplicate", "refunded")])),
     ((10_000, 10_000, 10_000), 10_000,
      ("over", 10_000, [("duplicate", "refunded"), ("duplicate", "open")]))],
)  # fmt: skip
def test_a_refund_said_on_the_charge_closes_its_difference(cast: Cast, amounts, cents, after):
    slip = paid(cast, *amounts)
    said_on_the_charge(slip, cents, cast)
    assert stands(slip) == after
    closed = Difference.objects.get(status="refunded")
    assert (closed.refund_means, closed.resolved_by) == ("Pix", cast.faturista)
    with pytest.raises(IllegalTransition):
        refunds.give_back_difference(
            closed, means="TED", refunded_on=DAY, by=cast.faturista, at=timezone.now()
        )


def test_a_part_of_a_difference_is_not_given_back_by_itself(cast: Cast):
    slip = paid(cast, 12_000)
    with pytest.raises(PaymentError, match=r"20,00"):
        said_on_the_charge(slip, 500, cast)
    assert stands(slip) == ("over", 0, [("over", "open")])


def test_a_refund_said_on_the_difference_is_in_the_history_of_the_charge(cast: Cast):
    slip = paid(cast, 12_000)
    refunds.give_back_difference(
        Difference.objects.get(), means="Pix", refunded_on=DAY, note="E123", by=cast.faturista,
        at=timezone.now(),
    )  # fmt: skip
    event = Charge.objects.get(pk=slip.charge_id).events.get(kind="refunded")
    assert "Pix 25/03/2026 E123" in event.note
    with pytest.raises(PaymentError):
        said_on_the_charge(slip, 1, cast)


def test_all_that_came_for_a_withdrawn_charge_is_given_back_at_once(cast: Cast):
    slip = a_slip(an_agreement())
    withdraw_charge(slip.charge, reason="Desistiu", at=timezone.now())
    post(a_return([says(slip, "06", 10_000)] * 2), cast.faturista)
    said_on_the_charge(slip, 20_000, cast)
    status, cents, found = stands(slip)
    assert (status, cents) == ("withdrawn", 20_000)
    assert {state for _kind, state in found} == {"refunded"}


@pytest.mark.parametrize("reversed_too", [False, True])
def test_of_an_amount_within_the_tolerance_nothing_kept_is_nothing_paid(
    cast: Cast, reversed_too: bool
):
    """The bank's reversal and a refund leave the same state."""
    slip = a_slip(an_agreement(tolerance_cents=50), 40)
    post(a_return([says(slip, "06", 40)]), cast.faturista)
    charge, now = Charge.objects.get(pk=slip.charge_id), timezone.now()
    assert charge.status == "settled"
    if reversed_too:
        take_back_settlement(charge, slip, 40, slip_was="issued", at=now, by=cast.faturista)
    else:
        refunds.give_back(charge, cents=40, how="Pix", by=cast.faturista, at=now)
    assert stands(slip)[0] == "open"
