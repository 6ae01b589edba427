"""Registration at the service-order desk: name, phone and extension beside what every desk asks."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy

from portal.accounts.forms.registration import LAST, DetailsForm, PhoneFields


class ContactForm(PhoneFields, DetailsForm):
    """The form of the manual, in two parts: who it is, and the password."""

    template_name = "tickets/registration_form.html"
    field_order = ["name", "phone", "phone_extension"]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        labels = {
            "email": gettext_lazy("E-mail address"), "phone": gettext_lazy("Phone number"),
            "password2": gettext_lazy("Confirm the New Password"),
        }  # fmt: skip
        for name, label in labels.items():
            if name in self.fields:
                self.fields[name].label = label
        self.fields["phone"].required = False

    @property
    def of_contact(self) -> list[forms.BoundField]:
        return [field for field in self.visible_fields() if field.name not in LAST]

    @property
    def of_access(self) -> list[forms.BoundField]:
        return [field for field in self.visible_fields() if field.name in LAST]
