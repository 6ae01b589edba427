"""What clients fill in to order: the data of the order, and who pays."""

from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from orders.forms.registration import AddressFields
from orders.models import CustomerType, Order, Product
from orders.services.ordering import Holder, NewOrder
from portal.accounts.forms.fields import CPFField
from portal.accounts.forms.profile import STREET_TYPES, tidy_phone
from portal.accounts.models import User, phone_validator
from portal.payments.models import Payer
from portal.taxid import format_tax_id, normalise, validate_cnpj, validate_tax_id
from portal.ui.fields import DayField


class CNPJField(forms.CharField):
    """A CNPJ with or without mask."""

    def clean(self, value: Any) -> str:
        text = normalise(super().clean(value))
        if text:
            validate_cnpj(text)
        return text


class TaxIdField(forms.CharField):
    """A CPF or a CNPJ with or without mask."""

    def clean(self, value: Any) -> str:
        text = normalise(super().clean(value))
        if text:
            validate_tax_id(text)
        return text


class HolderFields(forms.Form):
    """Whom the certificate will name, and the company, if it is of one."""

    holder_name = forms.CharField(label=_("Full name of the holder"), max_length=120)
    holder_cpf = CPFField(label=_("CPF of the holder"))
    holder_email = forms.EmailField(
        label=_("E-mail of the holder"), max_length=254,
        help_text=_("The holder finds the order by CPF and this e-mail."),
    )  # fmt: skip
    holder_phone = forms.CharField(
        label=_("Phone of the holder"), max_length=20, validators=[phone_validator],
        help_text=_("With area code, for example (31) 3247-5816."),
        widget=forms.TextInput({"inputmode": "tel", "type": "tel"}),
    )  # fmt: skip
    holder_born_on = DayField(label=_("Date of birth of the holder"), limits={"first_year": 1890})
    company_name = forms.CharField(
        label=_("Name of the company or public body"), max_length=150, required=False,
        help_text=_("For a legal entity or public body only, like the CNPJ."),
    )  # fmt: skip
    company_cnpj = CNPJField(label=_("CNPJ"), max_length=20, required=False)

    def clean_holder_name(self) -> str:
        name = " ".join(self.cleaned_data["holder_name"].split())
        if " " not in name:
            raise ValidationError(gettext("Enter name and surname."), code="incomplete_name")
        return name

    def clean_holder_phone(self) -> str:
        return tidy_phone(self.cleaned_data["holder_phone"])

    def clean_holder_born_on(self) -> Any:
        day = self.cleaned_data["holder_born_on"]
        if day and day >= timezone.localdate():
            raise ValidationError(gettext("This is no date of birth."), code="born")
        return day


class OrderForm(HolderFields):
    """Filled in with the person's own data: who changes them orders for somebody else."""

    customer_type = forms.ChoiceField(label=_("Type of customer"), widget=forms.RadioSelect)
    field_order = ("customer_type",)

    def __init__(
        self, data: Any = None, *, product: Product, user: User, customer_type: str = ""
    ) -> None:
        """``customer_type``: the one that was chosen in the catalogue."""
        known = {

            "holder_name": user.name, "holder_cpf": format_tax_id(user.cpf or ""),
            "holder_email": user.email or "", "holder_phone": user.phone,
        }  # fmt: skip
        super().__init__(data, initial=known)
        self.product, self.user = product, user
        types = [c for c in CustomerType if product.is_for(c) and self._fits(c)]
        self.fields["customer_type"].choices = [(c.value, c.label) for c in types]  # type: ignore[attr-defined]
        only = types[0].value if len(types) == 1 else customer_type
        self.fields["customer_type"].initial = only
        if types == [CustomerType.PERSON]:
            del self.fields["company_name"], self.fields["company_cnpj"]
        elif CustomerType.PERSON not in types:
            for name in ("company_name", "company_cnpj"):
                self.fields[name].is_marked = True  # type: ignore[attr-defined]
                self.fields[name].help_text = ""

    def _fits(self, customer_type: CustomerType) -> bool:
        """A company's certificate is no natural person's."""
        return self.product.kind != Product.Kind.E_CNPJ or customer_type != CustomerType.PERSON

    def clean(self) -> dict[str, Any]:
        values = super().clean() or self.cleaned_data
        if values.get("customer_type") in {CustomerType.COMPANY, CustomerType.PUBLIC}:
            for name in ("company_name", "company_cnpj"):
                if not values.get(name) and name not in self.errors:
                    self.add_error(name, gettext("Fill this in for a legal entity or public body."))
        return values

    def new_order(self) -> NewOrder:
        values = self.cleaned_data
        is_person = values["customer_type"] == CustomerType.PERSON
        return NewOrder(
            product=self.product, customer_type=values["customer_type"],
            cnpj="" if is_person else values["company_cnpj"],
            company_name="" if is_person else values["company_name"],
            holder=Holder(
                name=values["holder_name"], cpf=values["holder_cpf"],
                email=values["holder_email"], phone=values["holder_phone"],
                born_on=values["holder_born_on"],
            ),
        )  # fmt: skip


class PayerForm(AddressFields):
    """Who pays, as it will stand on the slip."""

    by_agreement = forms.BooleanField(
        label=_("The public body pays by its agreement"), required=False,
        help_text=_("Then no slip is issued: its authorisation stands for the payment. Leave the rest empty."),
    )  # fmt: skip
    name = forms.CharField(label=_("Name of who pays"), max_length=120)
    tax_id = TaxIdField(label=_("CPF or CNPJ of who pays"), max_length=20)
    email = forms.EmailField(
        label=_("E-mail of who pays"), max_length=254,
        help_text=_("The fiscal note is mailed to it."),
    )  # fmt: skip
    field_order = ["by_agreement", "name", "tax_id", "email", *AddressFields.ADDRESS]

    def __init__(
        self, data: Any = None, *, order: Order, payer: Payer, user: User,
        typed: dict[str, Any] | None = None,
    ) -> None:  # fmt: skip
        """``typed``: what the form starts with in place of the payer's data."""
        super().__init__(data, initial=_initial(payer, user) if typed is None else typed)
        del self.fields["country"]
        can_agree = order.customer_type == CustomerType.PUBLIC
        if not (can_agree and order.status == Order.Status.INCOMPLETE):
            del self.fields["by_agreement"]
        elif self.data.get("by_agreement"):
            for name, field in self.fields.items():
                field.required = field.required and name == "by_agreement"

    def check_address(self, values: dict[str, Any]) -> None:
        """Of an agreement there is no address; else it is all of it."""
        if not values.get("by_agreement"):
            super().check_address({**values, "country": "Brasil"})

    def payer(self) -> Payer | None:
        """Not saved; None where the agreement pays."""
        values = self.cleaned_data
        if values.get("by_agreement"):
            return None
        number = gettext("no number") if values["no_number"] else values["street_number"]
        street = f"{values['street_type']} {values['street']}, {number}"
        return Payer(
            name=values["name"], tax_id=values["tax_id"], email=values["email"],
            street=street[:120], complement=values["complement"],
            district=values["district"][:60], city=values["city"], state=values["state"],
            cep=values["postal_code"],
        )  # fmt: skip


def _initial(payer: Payer, user: User) -> dict[str, Any]:
    """The payer's data. A street that was put together before is taken apart again; where there is
    none, the person's own stands there."""
    found: dict[str, Any] = {
        "name": payer.name, "tax_id": format_tax_id(payer.tax_id), "email": payer.email,
        "complement": payer.complement, "district": payer.district, "city": payer.city,
        "state": payer.state, "postal_code": payer.cep,
    }  # fmt: skip
    kind, _space, rest = payer.street.partition(" ")
    if kind in STREET_TYPES:
        street, _comma, number = rest.rpartition(", ")
        has_none = number == gettext("no number")
        found |= {"street_type": kind, "street": street or rest, "no_number": has_none}
        found["street_number"] = "" if has_none else number
    elif payer.cep and payer.cep == user.postal_code.replace("-", ""):
        found |= {
            "street_type": user.street_type, "street": user.street,
            "street_number": user.street_number, "no_number": user.no_number,
        }  # fmt: skip
    return found
