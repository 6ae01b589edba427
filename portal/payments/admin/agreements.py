"""Administration of agreements with banks: nothing is saved from which no slip can be made."""

from collections.abc import Callable
from typing import Any, ClassVar

from django.contrib import admin
from django.db import IntegrityError
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from portal.accounts.admin.audited import AuditedAdmin
from portal.payments.banks.digits import SlipDataError
from portal.payments.banks.free_field import SlipCodes
from portal.payments.banks.lines import print_line
from portal.payments.forms.agreements import AgreementForm, test_slip
from portal.payments.models import Agreement


def _of_test_slip(agreement: Agreement, part: Callable[[SlipCodes], str]) -> str:
    """A part of the test slip, or why there is none."""
    if not agreement.pk:
        return "–"
    try:
        return part(test_slip(agreement))
    except SlipDataError as error:
        return str(error)


_SLIP = (_("Test slip"), {"fields": ("next_number", "test_line")})


@admin.register(Agreement)
class AgreementAdmin(AuditedAdmin):
    form = AgreementForm
    list_display = ("name", "bank", "beneficiary", "is_default", "is_approved", "is_active")
    list_filter = ("bank", "is_active")
    search_fields = ("name", "beneficiary")
    readonly_fields = ("next_number", "test_line")
    fieldsets: ClassVar[Any] = (
        (None, {"fields": ("name", "bank", "is_active", "is_default", "is_approved")}),
        (
            _("Beneficiary"),
            {"fields": ("beneficiary", "beneficiary_cnpj", "beneficiary_address")},
        ),
        (
            _("Account"),
            {
                "fields": (
                    "agency", "agency_digit", "account", "account_digit", "code", "carteira",
                    "variation", "long_numbers", "last_number", "last_file",
                )
            },
        ),
        (
            _("Terms"),
            {
                "fields": (
                    "days_to_pay", "late_days", "interest", "fine", "tolerance_cents",
                    "instructions",
                )
            },
        ),
        _SLIP,
    )  # fmt: skip

    @admin.display(description=_("number of the next slip"))
    def next_number(self, agreement: Agreement) -> str:
        return _of_test_slip(agreement, lambda codes: codes.number.printed)

    @admin.display(description=_("its line, over R$ 123,45, without due date"))
    def test_line(self, agreement: Agreement) -> str:
        return _of_test_slip(agreement, lambda codes: print_line(codes.line))

    def changeform_view(self, request: HttpRequest, *args: Any, **more: Any) -> Any:
        """Who saves at the same moment as somebody else gets the form's own answer."""
        try:
            return super().changeform_view(request, *args, **more)
        except IntegrityError:
            # Saved after the form had looked: now it finds that one, and says so.
            return super().changeform_view(request, *args, **more)

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """One with charges stays: it can be made inactive."""
        used = obj is not None and obj.charges.exists()
        return not used and super().has_delete_permission(request, obj)
