"""Registration at the service-order desk: name, phone and extension beside what every desk asks."""

from portal.accounts.forms.registration import DetailsForm, PhoneFields


class ContactForm(PhoneFields, DetailsForm):
    field_order = ["name", "phone", "phone_extension"]
