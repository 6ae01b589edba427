"""Charges, slips and payers in the administration, to look at: what is done to them has pages of
their own."""

from typing import Any

from django.contrib import admin
from django.utils.translation import gettext_lazy as _

from portal.payments.models import Charge, ChargeEvent, Payer, Slip
from portal.payments.services import finding
from portal.payments.words import EVENT_WORDS
from portal.taxid import format_tax_id
from portal.ui.admin import BoundedSearch, ReadOnlyAdmin, ReadOnlyInline
from portal.ui.admin_columns import cents_column, text_column, work_column
from portal.ui.search import SearchCriterion


class ChargeEventInline(ReadOnlyInline):
    """The history of a charge, which nobody writes by hand."""

    model = ChargeEvent
    fields = readonly_fields = ("at", "what", "by", "note")
    seen_with = "payments.view_charge"

    by = text_column("user", ChargeEvent, _("noted by"))

    @admin.display(description=_("event"))
    def what(self, event: ChargeEvent) -> str:
        return str(EVENT_WORDS.get(event.kind, event.kind))


@admin.register(Charge)
class ChargeAdmin(BoundedSearch, ReadOnlyAdmin):
    keyset_order = ("-due_on", "-pk")
    list_display = ("description", "payer", "amount", "due_on", "status", "work")
    list_filter = ("status", "agreement")
    list_select_related = ("payer",)
    search_help_text = _("Name, CPF or CNPJ of the payer, number, line or bar code of a slip.")
    fields = (
        "work", "description", "about", "its_payer", "its_agreement", "amount", "paid",
        "given_back", "due_on", "status", "raised_by", "created_at", "settled_at",
    )  # fmt: skip
    readonly_fields = fields
    inlines = (ChargeEventInline,)

    amount, paid, given_back = (
        cents_column(name, Charge) for name in ("amount_cents", "settled_cents", "refunded_cents")
    )
    its_payer, its_agreement = (text_column(name, Charge) for name in ("payer", "agreement"))
    raised_by = text_column("created_by", Charge, _("raised by"))
    work = work_column

    def criteria(self, text: str) -> list[SearchCriterion]:
        return finding.charge_criteria(text)


@admin.register(Slip)
class SlipAdmin(BoundedSearch, ReadOnlyAdmin):
    list_display = ("number_text", "its_payer", "amount", "due_on", "status", "work")
    list_filter = ("status", "agreement")
    list_select_related = ("payer", "charge")
    search_help_text = _("Number, line or bar code of the slip, CPF or CNPJ of the payer.")
    fields = (
        "work", "its_charge", "its_agreement", "its_payer", "number_text", "document_number",
        "amount", "due_on", "issued_at", "line", "barcode", "pix", "late_days", "fine", "interest",
        "printed_instructions", "status", "bank_said", "bank_said_at",
    )  # fmt: skip
    readonly_fields = fields

    amount = cents_column("amount_cents", Slip)
    its_charge, its_agreement = (text_column(name, Slip) for name in ("charge", "agreement"))
    its_payer = text_column("payer", Slip, _("payer"))

    @admin.display(description=_("work page"))
    def work(self, slip: Slip) -> Any:
        return work_column(self, slip.charge)

    def criteria(self, text: str) -> list[SearchCriterion]:
        return finding.slip_criteria(text)


@admin.register(Payer)
class PayerAdmin(BoundedSearch, ReadOnlyAdmin):
    list_display = ("name", "shown_tax_id", "city", "state", "created_at")
    search_help_text = _("Words of the name, CPF or CNPJ.")
    fields = (
        "name", "shown_tax_id", "email", "street", "complement", "district", "city", "state",
        "cep", "created_at",
    )  # fmt: skip
    readonly_fields = fields

    @admin.display(description=_("CPF or CNPJ"))
    def shown_tax_id(self, payer: Payer) -> str:
        return format_tax_id(payer.tax_id)

    def criteria(self, text: str) -> list[SearchCriterion]:
        return finding.payer_criteria(text)
