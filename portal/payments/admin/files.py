"""Bank files, settlements, differences and remessas in the administration, to look at: what they
brought and what was decided is history."""

from typing import Any

from django.contrib import admin
from django.utils.translation import gettext_lazy as _

from portal.payments.models import (
    BankFile,
    BankFileRow,
    Debit,
    Difference,
    Instruction,
    Remittance,
    Settlement,
)
from portal.payments.services import finding
from portal.ui.admin import BoundedSearch, ReadOnlyAdmin
from portal.ui.admin_columns import cents_column, text_column, work_column
from portal.ui.search import SearchCriterion


@admin.register(BankFile)
class BankFileAdmin(ReadOnlyAdmin):
    list_display = ("name", "agreement", "written_on", "sequence", "status", "created_at", "work")
    list_filter = ("status", "bank")
    list_select_related = ("agreement",)
    search_fields = ("name__startswith", "=sha256")
    search_help_text = _("Beginning of the name, or SHA-256 of the file.")
    fields = (
        "work", "name", "its_agreement", "bank", "width", "written_on", "sequence", "status",
        "problem", "total", "done", "kept", "counts", "sha256", "made_by", "created_at",
        "checked_at", "applied_at",
    )  # fmt: skip
    readonly_fields = fields
    its_agreement = text_column("agreement", BankFile)
    made_by = text_column("created_by", BankFile, _("made by"))
    work = work_column


@admin.register(BankFileRow)
class BankFileRowAdmin(BoundedSearch, ReadOnlyAdmin):
    list_display = ("batch", "line", "number", "outcome", "work")
    list_filter = ("outcome",)
    list_select_related = ("batch",)
    search_help_text = _("Number, line or bar code of a slip.")
    fields = ("work", "line", "number", "outcome", "its_slip", "values", "done_at")
    readonly_fields = fields
    its_slip = text_column("slip", BankFileRow, _("bank slip"))

    @admin.display(description=_("return file"))
    def work(self, row: BankFileRow) -> Any:
        return work_column(self, row.batch)

    def criteria(self, text: str) -> list[SearchCriterion]:
        return finding.of_slips(text, "slip")


@admin.register(Settlement)
class SettlementAdmin(BoundedSearch, ReadOnlyAdmin):
    list_display = ("number", "agreement", "paid", "credited_on", "outcome", "undone_at", "work")
    list_filter = ("outcome", "agreement")
    list_select_related = ("agreement", "charge")
    search_help_text = _("Name, CPF or CNPJ of the payer, number, line or bar code of a slip.")
    fields = (
        "work", "its_agreement", "its_charge", "its_slip", "its_file", "outcome", "number",
        "movement", "occurred_on", "credited_on", "paid", "net", "fee", "interest", "counted",
        "noted_by", "created_at", "undone_at",
    )  # fmt: skip
    readonly_fields = fields
    paid, net, fee, interest, counted = (
        cents_column(f"{name}_cents", Settlement)
        for name in ("paid", "net", "fee", "interest", "counted")
    )
    its_agreement, its_charge, its_slip, its_file = (
        text_column(name, Settlement) for name in ("agreement", "charge", "slip", "bank_file")
    )
    noted_by = text_column("created_by", Settlement, _("noted by"))

    @admin.display(description=_("work page"))
    def work(self, settlement: Settlement) -> Any:
        return work_column(self, settlement.charge) if settlement.charge else "–"

    def criteria(self, text: str) -> list[SearchCriterion]:
        return finding.money_criteria(text)


@admin.register(Difference)
class DifferenceAdmin(BoundedSearch, ReadOnlyAdmin):
    list_display = ("number", "kind", "amount", "status", "noted_at", "work")
    list_filter = ("status", "kind", "agreement")
    search_help_text = _("Name, CPF or CNPJ of the payer, number, line or bar code of a slip.")
    fields = (
        "work", "kind", "status", "its_agreement", "its_charge", "its_slip", "its_file", "number",
        "amount", "said", "noted_at", "decided_by", "resolved_at", "reason", "refund_means",
        "refunded_on",
    )  # fmt: skip
    readonly_fields = fields
    amount, work = cents_column("cents", Difference), work_column
    its_agreement, decided_by = (
        text_column(name, Difference) for name in ("agreement", "resolved_by")
    )
    its_charge = text_column("charge", Difference, _("charge"))
    its_slip = text_column("slip", Difference, _("bank slip"))
    its_file = text_column("bank_file", Difference, _("return file"))

    def criteria(self, text: str) -> list[SearchCriterion]:
        return finding.money_criteria(text)


@admin.register(Debit)
class DebitAdmin(BoundedSearch, ReadOnlyAdmin):
    list_display = ("number", "kind", "agreement", "paid", "debited_on", "undone_at", "work")
    list_filter = ("kind", "agreement")
    list_select_related = ("agreement", "charge", "difference")
    search_help_text = _("Name, CPF or CNPJ of the payer, number, line or bar code of a slip.")
    fields = (
        "work", "kind", "its_agreement", "its_charge", "its_file", "number", "movement",
        "debited_on", "paid", "net", "fee", "noted_by", "created_at", "undone_at",
    )  # fmt: skip
    readonly_fields = fields
    paid, net, fee = (cents_column(f"{name}_cents", Debit) for name in ("paid", "net", "fee"))
    its_agreement, its_charge, its_file = (
        text_column(name, Debit) for name in ("agreement", "charge", "bank_file")
    )
    noted_by = text_column("created_by", Debit, _("noted by"))

    @admin.display(description=_("work page"))
    def work(self, debit: Debit) -> Any:
        about = debit.charge or debit.difference
        return work_column(self, about) if about else "–"

    def criteria(self, text: str) -> list[SearchCriterion]:
        return finding.money_criteria(text)


@admin.register(Remittance)
class RemittanceAdmin(ReadOnlyAdmin):
    list_display = ("agreement", "number", "instructions", "status", "created_at", "work")
    list_filter = ("status", "agreement")
    list_select_related = ("agreement",)
    search_fields = ("=sha256",)
    search_help_text = _("SHA-256 of the file.")
    fields = (
        "work", "its_agreement", "number", "layout", "instructions", "status", "sha256", "made_by",
        "created_at", "answered_at",
    )  # fmt: skip
    readonly_fields = fields
    its_agreement = text_column("agreement", Remittance)
    made_by = text_column("created_by", Remittance)
    work = work_column


@admin.register(Instruction)
class InstructionAdmin(BoundedSearch, ReadOnlyAdmin):
    list_display = ("its_slip", "movement", "due_on", "answer", "created_at", "answered_at")
    list_filter = ("movement", "answer")
    list_select_related = ("slip",)
    search_help_text = _("Number, line or bar code of a slip.")
    fields = (
        "its_slip", "its_remittance", "movement", "due_on", "answer", "answered_at", "its_asker",
        "created_at",
    )  # fmt: skip
    readonly_fields = fields
    its_slip = text_column("slip", Instruction, _("bank slip"))
    its_remittance = text_column("remittance", Instruction, _("remessa"))
    its_asker = text_column("asked_by", Instruction, _("asked by"))

    def criteria(self, text: str) -> list[SearchCriterion]:
        return finding.of_slips(text, "slip")
