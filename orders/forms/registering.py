"""An order that staff register for a CPF: the holder finds it after proving its e-mail."""

from datetime import date
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from orders.models import CustomerType, Product
from portal.accounts.forms.fields import CPFField
from portal.taxid import normalise, validate_cnpj
from portal.ui.fields import DayField, FilledChoiceField


class RegisterForm(forms.Form):
    customer_type = forms.ChoiceField(
        label=gettext_lazy("Type of customer"), choices=CustomerType.choices
    )
    product = FilledChoiceField(
        Product.objects.filter(is_active=True), label=gettext_lazy("Product"),
        empty_label=gettext_lazy("— Choose a product —"),
        nothing=gettext_lazy("There is no certificate in the catalogue yet: it is filled in the administration."),
    )  # fmt: skip
    holder_name = forms.CharField(label=gettext_lazy("Name of the holder"), max_length=120)
    holder_cpf = CPFField(label=gettext_lazy("CPF of the holder"))
    holder_email = forms.EmailField(label=gettext_lazy("E-mail of the holder"))
    holder_phone = forms.CharField(
        label=gettext_lazy("Phone of the holder"), max_length=20, required=False
    )
    holder_born_on = DayField(
        label=gettext_lazy("Date of birth"), required=False, limits={"first_year": 1890}
    )
    company_cnpj = forms.CharField(label="CNPJ", max_length=18, required=False)
    company_name = forms.CharField(
        label=gettext_lazy("Company or public body"), max_length=150, required=False
    )
    responsible_name = forms.CharField(
        label=gettext_lazy("Responsible person"), max_length=120, required=False
    )
    responsible_cpf = CPFField(label=gettext_lazy("CPF of the responsible person"), required=False)
    responsible_email = forms.EmailField(
        label=gettext_lazy("E-mail of the responsible person"), required=False
    )
    by_agreement = forms.BooleanField(
        label=gettext_lazy("Paid by agreement with the public body"), required=False
    )

    @property
    def parts(self) -> list[tuple[Any, list[forms.BoundField]]]:
        """The fields in the parts in which the page shows them: heading and fields."""
        return [
            (heading, [self[name] for name in self.fields if name.startswith(starts)])
            for heading, starts in (
                (gettext_lazy("What is ordered"), ("customer_type", "product")),
                (gettext_lazy("Holder of the certificate"), ("holder",)),
                (
                    gettext_lazy("Company or public body, if it is one's"),
                    ("company", "by_agreement"),
                ),
                (gettext_lazy("Responsible person, if it is somebody else"), ("responsible",)),
            )
        ]

    def clean_holder_email(self) -> str:
        return str(self.cleaned_data["holder_email"]).lower()

    def clean_holder_born_on(self) -> date | None:
        day: date | None = self.cleaned_data["holder_born_on"]
        if day and day >= timezone.localdate():
            raise ValidationError(_("This is no date of birth."), code="born")
        return day

    def clean_responsible_email(self) -> str:
        return str(self.cleaned_data["responsible_email"]).lower()

    def clean_company_cnpj(self) -> str:
        number = normalise(self.cleaned_data["company_cnpj"])
        if number:
            validate_cnpj(number)
        return number

    def clean(self) -> dict[str, Any]:
        values = super().clean() or {}
        kind, product = values.get("customer_type"), values.get("product")
        if kind and product and not product.is_for(kind):
            self.add_error("product", _("This product is not for this type of customer."))
        if kind and kind != CustomerType.PERSON:
            for name in ("company_cnpj", "company_name"):
                if name in values and not values[name]:
                    self.add_error(name, ValidationError(_("This field is required.")))
        if values.get("by_agreement") and kind != CustomerType.PUBLIC:
            self.add_error("by_agreement", _("Only public bodies pay by agreement."))
        return values
