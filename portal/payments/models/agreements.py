"""Agreements with banks: in whose name, under which numbers and on which terms slips are issued."""

from typing import Any

from django.core.validators import MaxValueValidator, MinValueValidator, RegexValidator
from django.db import models
from django.utils.translation import gettext_lazy as _

from portal.payments.banks.accounts import BankAccount, series_of
from portal.taxid import CNPJField

_DIGITS = RegexValidator(r"^\d*$", _("Enter digits only."))


class Bank(models.TextChoices):
    """The banks whose slips and files are known, by their number at the Banco Central."""

    BB = "001", "Banco do Brasil"
    SANTANDER = "033", "Santander"
    CAIXA = "104", "Caixa Econômica Federal"
    BRADESCO = "237", "Bradesco"
    ITAU = "341", "Itaú"
    SICREDI = "748", "Sicredi"
    SICOOB = "756", "Sicoob"


class Agreement(models.Model):
    """One account at one bank with one carteira, and the series of its numbers.

    ``last_number`` is the last number given; it only ever rises, under the row's lock
    (``services.numbers``). ``last_file`` is the last NSA of a remessa, rejected ones included.
    Interest is in hundredths of a percent a month, the fine in hundredths of a percent.
    """

    name = models.CharField(_("name"), max_length=60, unique=True)
    bank = models.CharField(_("bank"), max_length=3, choices=Bank.choices)
    is_active = models.BooleanField(_("active"), default=True)
    is_default = models.BooleanField(
        _("used when nothing else is said"), default=False,
        help_text=_("New charges get their slips under this agreement."),
    )  # fmt: skip
    beneficiary = models.CharField(_("beneficiary"), max_length=100)
    beneficiary_cnpj = CNPJField(_("CNPJ of the beneficiary"))
    beneficiary_address = models.CharField(_("address of the beneficiary"), max_length=200)
    agency = models.CharField(_("bank branch"), max_length=4, validators=[_DIGITS])
    agency_digit = models.CharField(_("digit of the branch"), max_length=1, blank=True)
    account = models.CharField(_("account"), max_length=12, validators=[_DIGITS])
    account_digit = models.CharField(_("digit of the account"), max_length=2, blank=True)
    # Convênio at BB, beneficiary's code at Caixa, Santander, Sicredi; client at Sicoob.
    code = models.CharField(
        _("code of the agreement"), max_length=9, blank=True, validators=[_DIGITS],
        help_text=_("Convênio, beneficiary's or client's code, as the bank calls it."),
    )  # fmt: skip
    carteira = models.CharField(_("carteira"), max_length=3, validators=[_DIGITS])
    # BB: variation; Sicoob: modality; Sicredi: post.
    variation = models.CharField(
        _("variation, modality or post"), max_length=3, blank=True, validators=[_DIGITS]
    )
    # Banco do Brasil: a convênio of 6 digits whose numbers have 17.
    long_numbers = models.BooleanField(
        _("numbers of 17 digits"), default=False,
        help_text=_("Only for a convênio of 6 digits at Banco do Brasil."),
    )  # fmt: skip
    # Whose numbers must differ from each other: see ``banks.accounts.series_of``.
    series = models.CharField(max_length=60, unique=True, editable=False)
    last_number = models.PositiveBigIntegerField(_("last number given"), default=0)
    last_file = models.PositiveIntegerField(_("last remessa file"), default=0)
    interest = models.PositiveSmallIntegerField(
        _("interest a month, in hundredths of a percent"), default=100,
        validators=[MaxValueValidator(2000)],
    )  # fmt: skip
    fine = models.PositiveSmallIntegerField(
        _("fine, in hundredths of a percent"), default=200, validators=[MaxValueValidator(1000)]
    )
    days_to_pay = models.PositiveSmallIntegerField(
        _("days to pay"), default=3, validators=[MinValueValidator(1), MaxValueValidator(180)]
    )
    # After the due date the bank still takes payment, this many days; then it writes the slip off.
    late_days = models.PositiveSmallIntegerField(
        _("days the bank accepts late payment"), default=0, validators=[MaxValueValidator(180)]
    )
    # A payment that differs by no more than this counts as exact.
    tolerance_cents = models.PositiveIntegerField(_("tolerance in cents"), default=0)
    instructions = models.TextField(_("instructions on the slip"), blank=True)
    is_approved = models.BooleanField(
        _("approved by the bank (homologado)"), default=False,
        help_text=_("Until then each page and file of it says “não homologado”."),
    )  # fmt: skip
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        verbose_name = _("agreement with a bank")
        verbose_name_plural = _("agreements with banks")
        ordering = ("name",)
        constraints = [
            models.UniqueConstraint(
                fields=["is_default"], condition=models.Q(is_default=True),
                name="payments_one_default_agreement",
            ),
        ]  # fmt: skip

    # What numbers, bar codes and the paper of issued slips are made of: never changed after the
    # first slip.
    FIXED_BY_SLIPS = (
        "bank", "agency", "account", "code", "carteira", "variation", "long_numbers",
    )  # fmt: skip

    def __str__(self) -> str:
        return self.name

    def save(self, *args: Any, **options: Any) -> None:
        self.series = self.new_series()
        super().save(*args, **options)

    def new_series(self) -> str:
        """The series of numbers that its account gives."""
        return series_of(self.bank_account)

    @property
    def bank_account(self) -> BankAccount:
        """The account as numbers, free fields and files are computed from it."""
        return BankAccount(
            bank=self.bank,
            agency=self.agency,
            account=self.account,
            account_digit=self.account_digit,
            code=self.code,
            carteira=self.carteira,
            variation=self.variation,
            long_numbers=self.long_numbers,
        )
