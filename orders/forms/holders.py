"""The holder of an order, corrected before it is confirmed."""

from typing import Any

from django.utils.translation import gettext

from orders.forms.ordering import HolderFields
from orders.models import CustomerType, Order
from orders.services.holders import FIELDS, TAX_IDS
from portal.taxid import format_tax_id


class HolderForm(HolderFields):
    """Filled in with what the order says. CPF and CNPJ stay once anything was charged."""

    def __init__(self, data: Any, *, order: Order) -> None:
        known = {name: getattr(order, name) for name in FIELDS}
        known |= {name: format_tax_id(known[name]) for name in TAX_IDS}
        super().__init__(data, initial=known)
        if order.customer_type in (CustomerType.COMPANY, CustomerType.PUBLIC):
            for name in ("company_name", "company_cnpj"):
                self.fields[name].required = True
                self.fields[name].help_text = ""
        else:
            del self.fields["company_name"], self.fields["company_cnpj"]
        if not order.tax_ids_can_be_corrected:
            for name in self.fields.keys() & set(TAX_IDS):
                self.fields[name].disabled = True
                self.fields[name].help_text = gettext("It stays: the order was charged already.")

    def clean_holder_email(self) -> str:
        return str(self.cleaned_data["holder_email"]).lower()
