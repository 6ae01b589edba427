"""What people fill in about themselves: the fields of the registration form."""

from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from portal.accounts.models import User
from portal.taxid import normalise

STREET_TYPES = [
    "Alameda", "Avenida", "Beco", "Estrada", "Fazenda", "Ladeira", "Largo", "Loteamento", "Praça",
    "Quadra", "Rodovia", "Rua", "Setor", "Sítio", "Travessa", "Via", "Viela", "Vila",
]  # fmt: skip
ADDRESS_FIELDS = [
    "street_type", "street", "street_number", "no_number", "complement", "district",
    "city", "state", "postal_code", "country",
]  # fmt: skip
# What an address cannot be without, once there is one.
NEEDED = ["street_type", "street", "district", "city", "state", "postal_code", "country"]


def tidy_phone(typed: str) -> str:
    """A valid phone as (31) 3247-5816."""
    digits = "".join(c for c in typed if c.isdigit())
    return f"({digits[:2]}) {digits[2:-4]}-{digits[-4:]}"


class AddressMixin(forms.Form):
    """Checks an address as a whole: all of it or nothing; a number, or "no number", never both.

    The country alone, which comes filled in, makes no address.
    """

    def check_address(self, values: dict[str, Any]) -> None:
        if not any(values.get(name) for name in ADDRESS_FIELDS if name != "country"):
            return
        for name in NEEDED:
            if not values.get(name) and name not in self.errors:
                self.add_error(name, _("Fill this in to complete the address."))
        if values.get("street_number") and values.get("no_number"):
            self.add_error("street_number", _("Give the number, or tick “no number”: not both."))
        if not values.get("street_number") and not values.get("no_number"):
            self.add_error("street_number", _("Give the number, or tick “no number”."))


class ProfileForm(AddressMixin, forms.ModelForm[User]):
    """Name, phone and address. CPF and e-mail are not changed here."""

    class Meta:
        model = User
        fields = ["name", "phone", "phone_extension", *ADDRESS_FIELDS]
        labels = {
            "name": _("Full name"), "phone": _("Phone"), "phone_extension": _("Extension"), "street_type": _("Kind of street"),
            "street": _("Street"), "street_number": _("Number"), "no_number": _("No number"),
            "complement": _("Complement"), "district": _("District"), "city": _("City"),
            "state": pgettext_lazy("of a country", "State"), "country": _("Country"),
        }  # fmt: skip
        help_texts = {
            "phone": _("With area code, for example (31) 3247-5816."),
            "postal_code": _("For example 30160-011."),
        }
        widgets = {
            "name": forms.TextInput(attrs={"autocomplete": "name"}),
            "phone": forms.TextInput(
                attrs={"autocomplete": "tel", "inputmode": "tel", "type": "tel"}
            ),
            "street": forms.TextInput(attrs={"autocomplete": "address-line1"}),
            "complement": forms.TextInput(attrs={"autocomplete": "address-line2"}),
            "district": forms.TextInput(attrs={"autocomplete": "address-level3"}),
            "city": forms.TextInput(attrs={"autocomplete": "address-level2"}),
            "postal_code": forms.TextInput(
                attrs={"autocomplete": "postal-code", "inputmode": "numeric"}
            ),
            "country": forms.TextInput(attrs={"autocomplete": "country-name"}),
        }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["phone"].required = True
        kept = [self.instance.street_type] if self.instance.street_type else []
        names = sorted({*STREET_TYPES, *kept})
        self.fields["street_type"] = forms.ChoiceField(
            label=_("Kind of street"), required=False,
            choices=[("", _("Choose")), *((name, name) for name in names)],
        )  # fmt: skip

    def clean_name(self) -> str:
        name = " ".join(self.cleaned_data["name"].split())
        if not any(c.isalpha() for c in name):
            raise ValidationError(_("Enter your name."))
        return name

    def clean_phone(self) -> str:
        return tidy_phone(self.cleaned_data["phone"])

    def clean_postal_code(self) -> str:
        digits = normalise(self.cleaned_data["postal_code"])
        return f"{digits[:5]}-{digits[5:]}" if digits else ""

    def clean(self) -> dict[str, Any]:
        values = super().clean() or self.cleaned_data
        self.check_address(values)
        return values


class EmailForm(forms.Form):
    """The new address, and the password of who asks."""

    email = forms.EmailField(
        label=_("New e-mail"), max_length=254,
        widget=forms.EmailInput(attrs={"autocomplete": "email"}),
    )  # fmt: skip
    password = forms.CharField(
        label=_("Current password"), strip=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "current-password"}),
    )  # fmt: skip

    def __init__(self, user: User, *args: Any, **kwargs: Any) -> None:
        self.user = user
        super().__init__(*args, **kwargs)

    def clean_email(self) -> str:
        email = str(self.cleaned_data["email"]).lower()
        if email == self.user.email:
            raise ValidationError(_("This is your e-mail already."))
        return email

    def clean_password(self) -> str:
        password = str(self.cleaned_data["password"])
        if not self.user.check_password(password):
            raise ValidationError(_("This is not your current password."))
        return password
