"""An agreement with a bank, as it is filled in: a test slip has to come out of it."""

from dataclasses import replace
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils import timezone
from django.utils.translation import gettext as _

from portal.payments.banks import accounts
from portal.payments.banks.digits import SlipDataError
from portal.payments.banks.free_field import SlipCodes, slip_codes
from portal.payments.models import Agreement

TEST_CENTS = 123_45


def test_slip(agreement: Agreement) -> SlipCodes:
    """Codes of a slip that is never issued, under the agreement's next number.

    Raises SlipDataError that says what is missing or wrong.
    """
    account = agreement.bank_account
    number = accounts.next_number(account, agreement.last_number, year=timezone.localdate().year)
    return slip_codes(account, number, cents=TEST_CENTS, due_on=None, own_number="1")


class AgreementForm(forms.ModelForm[Agreement]):
    def clean_last_number(self) -> int:
        """It may rise, for numbers that another system gave; never fall, or one is given twice."""
        number: int = self.cleaned_data["last_number"]
        if self.instance.pk and number < Agreement.objects.get(pk=self.instance.pk).last_number:
            raise ValidationError(_("Numbers up to the present one were given: it can only rise."))
        return number

    def clean(self) -> dict[str, Any]:
        values = super().clean() or {}
        if self.errors:
            return values
        filled = Agreement(**{name: value for name, value in values.items() if name != "id"})
        try:
            test_slip(filled)
            self._check_digit(filled)
        except SlipDataError as error:
            raise ValidationError(str(error), code="no_slip") from error
        return values

    @staticmethod
    def _check_digit(agreement: Agreement) -> None:
        account = agreement.bank_account
        if account.bank != accounts.ITAU or not account.account_digit:
            return
        right = accounts.itau_account_digit(replace(account, account_digit=""))
        if right != account.account_digit:
            raise SlipDataError(
                _("The digit of branch and account is %(right)s, not %(given)s.")
                % {"right": right, "given": account.account_digit}
            )
