"""What is owed, by whom, the slips for it, and what banks say was paid."""

from portal.payments.models.agreements import Agreement, Bank
from portal.payments.models.bank_files import BankFile, BankFileRow
from portal.payments.models.charges import Charge, ChargeEvent, Payer
from portal.payments.models.debits import Debit
from portal.payments.models.remittances import Instruction, Remittance
from portal.payments.models.settlements import Difference, Settlement
from portal.payments.models.slips import Slip

__all__ = [
    "Agreement",
    "Bank",
    "BankFile",
    "BankFileRow",
    "Charge",
    "ChargeEvent",
    "Debit",
    "Difference",
    "Instruction",
    "Payer",
    "Remittance",
    "Settlement",
    "Slip",
]
