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
_MOST_LINES, _MOST_CHARACTERS = 8, 600  # of instructions: the slip stays one page


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

    def clean_instructions(self) -> str:
        text: str = self.cleaned_data["instructions"].strip()
        if len(text.splitlines()) > _MOST_LINES or len(text) > _MOST_CHARACTERS:
            raise ValidationError(
                _("A slip has room for %(lines)d lines, of %(characters)d characters together.")
                % {"lines": _MOST_LINES, "characters": _MOST_CHARACTERS}
            )
        return text

    def clean(self) -> dict[str, Any]:
        values = super().clean() or {}
        if self.errors:
            return values
        self._refuse_changes_under_slips()
        filled = Agreement(**{name: value for name, value in values.items() if name != "id"})
        try:
            test_slip(filled)
            self._check_digit(filled)
            self._check_series(filled)
        except SlipDataError as error:
            raise ValidationError(str(error), code="no_slip") from error
        return values

    def _refuse_changes_under_slips(self) -> None:
        """A slip that was issued keeps its account: a second copy must be what the first was."""
        changed = [name for name in Agreement.FIXED_BY_SLIPS if name in self.changed_data]
        if self.instance.pk and changed and self.instance.slips.exists():
            for name in changed:
                self.add_error(
                    name,
                    _("Slips were issued under it: make this one inactive and add another."),
                )

    def _check_series(self, agreement: Agreement) -> None:
        series = accounts.series_of(agreement.bank_account)
        other = Agreement.objects.filter(series=series).exclude(pk=self.instance.pk).first()
        if other is not None:
            raise ValidationError(
                _("“%(name)s” gives these numbers already: the bank would get each of them twice.")
                % {"name": other.name},
                code="same_series",
            )

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
