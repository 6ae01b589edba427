"""Registration at a desk: address and CPF, the desk's own fields, the password."""

from typing import Any

from django import forms
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.utils.module_loading import import_string
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from portal.accounts.captcha import SecurityCodeField
from portal.accounts.forms.fields import CPFField, PasswordInput, check_same
from portal.accounts.models import User, phone_validator
from portal.accounts.passwords import rules_help
from portal.desks import Registration

FIRST, LAST = ("email", "cpf"), ("password1", "password2", "captcha")


class AddressPart(forms.Form):
    """Whom the link goes to: e-mail, CPF, and the security code."""

    email = forms.EmailField(
        label=gettext_lazy("E-mail"), max_length=254,
        widget=forms.EmailInput({"autocomplete": "email"}),
    )  # fmt: skip
    cpf = CPFField(label=gettext_lazy("CPF"))
    captcha = SecurityCodeField()

    def clean_email(self) -> str:
        return str(self.cleaned_data["email"]).lower()


class DetailsForm(forms.Form):
    """A desk's own fields; it adds them in a subclass. What a user has is kept in the user.

    Cleaned values must be JSON.
    """

    name = forms.CharField(
        label=gettext_lazy("Full name"), max_length=120,
        widget=forms.TextInput({"autocomplete": "name"}),
    )  # fmt: skip

    def clean_name(self) -> str:
        name = " ".join(self.cleaned_data["name"].split())
        if " " not in name:
            raise ValidationError(_("Enter your name and surname."), code="incomplete_name")
        return name


class PhoneFields(forms.Form):
    """Phone and extension, for desks that ask for them."""

    phone = forms.CharField(
        label=gettext_lazy("Phone with area code"), max_length=20, validators=[phone_validator],
        widget=forms.TextInput({"autocomplete": "tel-national", "inputmode": "tel", "type": "tel"}),
    )  # fmt: skip
    phone_extension = forms.RegexField(
        r"^\d{1,6}$", label=gettext_lazy("Extension"), required=False,
        error_messages={"invalid": gettext_lazy("Digits only.")},
        widget=forms.TextInput({"autocomplete": "tel-extension", "inputmode": "numeric"}),
    )  # fmt: skip


class PasswordPart(forms.Form):
    """The password, twice; it must not contain what is typed beside it."""

    password1 = forms.CharField(
        label=gettext_lazy("Create a password"), strip=False, widget=PasswordInput("new-password")
    )
    password2 = forms.CharField(
        label=gettext_lazy("Confirm the password"), strip=False,
        widget=PasswordInput("new-password"),
    )  # fmt: skip
    # E-mail and CPF that were given on an earlier page.
    known: dict[str, str] = {}

    def clean(self) -> dict[str, Any]:
        super().clean()
        check_same(self, "password1", "password2")
        typed = {**self.known, **self.cleaned_data}
        person = User(name=typed.get("name", ""), email=typed.get("email"), cpf=typed.get("cpf"))
        if password := self.cleaned_data.get("password1"):
            try:
                validate_password(password, person)
            except ValidationError as error:
                self.add_error("password1", error)
        return self.cleaned_data


class ConfirmForm(forms.Form):
    """The password typed at registration: whoever opened the link may not be who registered."""

    password = forms.CharField(
        label=gettext_lazy("The password that you created"), strip=False, widget=PasswordInput()
    )


def registration_form(
    registration: Registration, data: Any = None, *, address: bool, details: bool,
    known: dict[str, str] | None = None, initial: Any = None,
) -> forms.Form:  # fmt: skip
    """One form of the parts that a page asks for.

    ``known``: e-mail and CPF given on an earlier page, which the password must not contain.
    """
    bases: list[type[forms.Form]] = []
    if details:
        bases += [import_string(registration.form), PasswordPart]
    if address:
        bases.append(import_string(registration.address_form))
    form = type("RegistrationForm", tuple(bases), {"known": known or {}})(data, initial=initial)
    if not registration.asks_cpf:
        form.fields.pop("cpf", None)
    if details:
        form.fields["password1"].help_text = rules_help(User())
    between = [name for name in form.fields if name not in {*FIRST, *LAST}]
    form.order_fields([*FIRST, *between, *LAST])
    made: forms.Form = form
    return made


def typed_in(form: forms.Form) -> list[tuple[str, str]]:
    """Label and text of each of the desk's fields that was filled in, to be looked over."""
    shown = [field for field in form.visible_fields() if field.name not in {*FIRST, *LAST}]
    return [(str(field.label), text) for field in shown if (text := _text_of(field))]


def _text_of(field: forms.BoundField) -> str:
    value = field.value()
    if value is True:
        return _("Yes")
    return str(value) if value else ""


def details_of(form: forms.Form) -> dict[str, Any]:
    """What a valid form says for the desk: neither address nor password nor code."""
    return {k: v for k, v in form.cleaned_data.items() if k not in {*FIRST, *LAST}}
