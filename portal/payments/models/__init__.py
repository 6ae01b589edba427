"""What is owed, by whom, the slips for it, and what banks say was paid."""

from portal.payments.models.agreements import Agreement, Bank
from portal.payments.models.charges import Charge, ChargeEvent, Payer
from portal.payments.models.slips import Slip

__all__ = ["Agreement", "Bank", "Charge", "ChargeEvent", "Payer", "Slip"]
