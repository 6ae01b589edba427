"""Registration for Serviços Online: CPF and e-mail first, then personal data, address, password."""

from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext, pgettext_lazy
from django.utils.translation import gettext_lazy as _

from portal.accounts.forms.profile import STREET_TYPES, AddressMixin, tidy_phone
from portal.accounts.forms.registration import LAST, AddressPart, DetailsForm
from portal.accounts.models import phone_validator
from portal.municipalities import cep
from portal.municipalities.forms import CepField, PlaceFields

PERSONAL = ("name", "phone")
CODE = _("Type the security code below:")
CPF = _("CPF (digits only)")
EMAIL = pgettext_lazy("label", "E-mail")


class CpfAndEmail(AddressPart):
    """The first page, in the words of the manual."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        labels = {"cpf": CPF, "email": EMAIL, "captcha": CODE}
        for name, label in labels.items():
            if name in self.fields:
                self.fields[name].label = label
        if "cpf" in self.fields:
            self.fields["cpf"].help_text = _("Of the holder of the digital certificate.")

    def order_fields(self, field_order: Any) -> None:
        """The CPF first, as in the manual."""
        super().order_fields(["cpf", *(field_order or ())])


class StreetNumberField(forms.CharField):
    """Marked as needed, which it is unless “no number” is ticked."""

    is_marked = True


class AddressFields(PlaceFields, AddressMixin):
    """An address by the names that a person's row has for it. All of it is needed."""

    street_type = forms.ChoiceField(
        label=_("Type of street"),
        choices=[("", _("Choose")), *((name, name) for name in STREET_TYPES)],
    )
    street = forms.CharField(
        label=pgettext_lazy("address", "Street"), max_length=120,
        widget=forms.TextInput({"autocomplete": "address-line1"}),
    )  # fmt: skip
    street_number = StreetNumberField(
        label=pgettext_lazy("address", "No."), max_length=10, required=False
    )
    no_number = forms.BooleanField(label=pgettext_lazy("address", "No number"), required=False)
    postal_code = CepField()
    complement = forms.CharField(
        label=_("Complement"), max_length=60, required=False,
        widget=forms.TextInput({"autocomplete": "address-line2"}),
    )  # fmt: skip
    district = forms.CharField(
        label=_("District"), max_length=60,
        widget=forms.TextInput({"autocomplete": "address-level3"}),
    )  # fmt: skip
    country = forms.CharField(
        label=_("Country"), max_length=60, initial="Brasil",
        widget=forms.TextInput({"autocomplete": "country-name"}),
    )  # fmt: skip
    ADDRESS = (
        "street_type", "street", "street_number", "no_number", "postal_code", "complement",
        "district", "state", "city", "country",
    )  # fmt: skip

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if said := self.initial.get(cep.SAID):
            self.fields["postal_code"].help_text = said

    def clean(self) -> dict[str, Any]:
        values = super().clean()
        self.check_address(values)
        return values


def with_address_of_cep(typed: dict[str, str]) -> dict[str, str]:
    """What was typed, with the address of its CEP, and a sentence about what came of it."""
    try:
        found = cep.find(CepField().clean(typed.get("postal_code", "")))
    except ValidationError as error:
        return {**typed, cep.SAID: " ".join(error.messages)}
    except cep.UnknownCep:
        return {**typed, cep.SAID: gettext("No address has this CEP: look at its digits.")}
    except cep.NoAnswer:
        return {
            **typed,
            cep.SAID: gettext("CEPs cannot be looked up now: fill the address in yourself."),
        }
    kind, _space, name = found.street.partition(" ")
    street = (
        {"street_type": kind, "street": name} if kind in STREET_TYPES else {"street": found.street}
    )
    values = {**street, "district": found.district, "city": found.city, "state": found.state}
    said = gettext("The address was filled in: look it over, and complete it.")
    return {**typed, **{key: value for key, value in values.items() if value}, cep.SAID: said}


class AccessForm(AddressFields, DetailsForm):
    """The manual's form in its three parts."""

    template_name = "orders/registration_form.html"
    phone = forms.CharField(
        label=pgettext_lazy("person", "Phone"), max_length=20, validators=[phone_validator],
        help_text=_("With area code, for example (31) 3247-5816."),
        widget=forms.TextInput({"autocomplete": "tel-national", "inputmode": "tel", "type": "tel"}),
    )  # fmt: skip
    field_order = [*PERSONAL, *AddressFields.ADDRESS]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        labels = {
            "name": pgettext_lazy("person", "Name"), "password1": _("Password"),
            "password2": _("Confirm Password"),
        }  # fmt: skip
        for name, label in labels.items():
            if name in self.fields:
                self.fields[name].label = label

    def clean_phone(self) -> str:
        return tidy_phone(self.cleaned_data["phone"])

    def parts(self) -> list[tuple[Any, str, list[forms.BoundField]]]:
        """Legend, a sentence below it, and the fields."""
        password = _("Create your password to finish the registration and to reach the service.")
        return [
            (_("Personal data:"), "", [self[name] for name in PERSONAL]),
            (_("Address:"), "", [self[name] for name in self.ADDRESS]),
            (_("Password:"), str(password), [self[name] for name in LAST if name in self.fields]),
        ]
