"""What clients fill in: the status of an order, a new order, an answer, how it was."""

from typing import Any, cast

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from portal.accounts.captcha import SecurityCodeField
from portal.accounts.models import Company, Unit, phone_validator
from portal.accounts.pickers import PickingForm
from tickets.forms.files import OF_STRANGERS, FilesField
from tickets.forms.places import place_field
from tickets.forms.topics import TopicValues
from tickets.models import Topic
from tickets.services import numbers, prose
from tickets.services.places import Places

LONGEST = 50_000  # characters of a message


class StatusForm(forms.Form):
    """E-mail and number; the link goes to that e-mail, whoever typed it."""

    email = forms.EmailField(
        label=gettext_lazy("E-mail address"), max_length=254,
        widget=forms.EmailInput({"autocomplete": "email"}),
    )  # fmt: skip
    number = forms.CharField(
        label=gettext_lazy("Number of the service order"), max_length=40,
        widget=forms.TextInput({"placeholder": "2026-0000001-0", "autocomplete": "off"}),
    )  # fmt: skip

    def clean_email(self) -> str:
        return str(self.cleaned_data["email"]).lower()

    def clean_number(self) -> numbers.Number:
        found = numbers.typed(self.cleaned_data["number"])
        if found is None:
            raise ValidationError(
                _("This is no number of a service order: it looks like 2026-0000001-0.")
            )
        return found


class MessageField(forms.CharField):
    """What is written, as plain text; where scripts run an editor stands in its place."""

    def __init__(self, **options: Any) -> None:
        defaults: dict[str, Any] = {
            "label": gettext_lazy("Message"), "max_length": LONGEST,
            "widget": forms.Textarea({"rows": 8}), "template_name": "tickets/_composer.html",
        }  # fmt: skip
        super().__init__(**{**defaults, **options})


class EditorInput(forms.HiddenInput):
    """The editor's HTML. It is sent by the script alone: what a page begins with is no value, so
    that without scripts the textarea counts."""

    def get_context(self, name: str, value: Any, attrs: Any) -> dict[str, Any]:
        context = super().get_context(name, "", attrs)
        context["widget"]["attrs"]["data-html"] = prose.cleaned(value or "")
        return context


class MessageForm(forms.Form):
    """A message and its files. ``html`` comes from the editor, and is empty without scripts.
    ``holder``: for whom files that were kept are taken up, see ``uploads.reference``."""

    message = MessageField()
    html = forms.CharField(
        required=False, max_length=4 * LONGEST, widget=EditorInput,
        error_messages={"max_length": gettext_lazy("The message is too long.")},
    )  # fmt: skip
    attachments = FilesField()

    def __init__(self, *args: Any, holder: str = "", **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.attached.holder = holder
        self.fields["message"].widget.attrs["data-editor"] = self.add_prefix("html")
        if html := self.initial.get("html"):
            self.initial.setdefault("message", prose.as_text(html))

    @property
    def attached(self) -> FilesField:
        return cast("FilesField", self.fields["attachments"])


class ReplyForm(MessageForm):
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["message"].label = gettext_lazy(
            "To help you better, please be specific and detailed"
        )


class OrderForm(MessageForm, TopicValues, PickingForm):
    """A new order about ``topic``, by who is signed in, for one of the ``places``."""

    subject = forms.CharField(label=gettext_lazy("Subject"), max_length=200)
    field_order = ["email", "name", "phone", "phone_extension", "place", "subject"]

    def __init__(
        self,
        *args: Any,
        topic: Topic,
        user: Any = None,
        places: Places | None = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(*args, user=user, **kwargs)
        self.add_topic_fields(topic, for_agents=False)
        if places and (field := place_field(places, help_text=_who_sees(topic))):
            self.fields["place"] = field
            field.user = field.widget.user = user  # type: ignore[attr-defined]
        self.order_fields([*self.field_order, *(n for n in self.fields if n.startswith("field_"))])

    @property
    def place(self) -> dict[str, Any]:
        """The company, and the unit, for which the order is."""
        found = self.cleaned_data.get("place")
        if isinstance(found, Company):
            return {"company": found}
        return {"unit": found, "company": found.company} if isinstance(found, Unit) else {}


class StrangerForm(OrderForm):
    """A new order by a stranger: who they are, and the security code."""

    email = forms.EmailField(
        label=gettext_lazy("E-mail address"), max_length=254,
        widget=forms.EmailInput({"autocomplete": "email"}),
    )  # fmt: skip
    name = forms.CharField(
        label=gettext_lazy("Full name"), max_length=120,
        widget=forms.TextInput({"autocomplete": "name"}),
    )  # fmt: skip
    phone = forms.CharField(
        label=gettext_lazy("Phone with area code"), max_length=20, validators=[phone_validator],
        required=False,
        widget=forms.TextInput({"autocomplete": "tel-national", "inputmode": "tel", "type": "tel"}),
    )  # fmt: skip
    phone_extension = forms.RegexField(
        r"^\d{1,6}$", label=gettext_lazy("Extension"), required=False,
        error_messages={"invalid": gettext_lazy("Digits only.")},
        widget=forms.TextInput({"autocomplete": "tel-extension", "inputmode": "numeric"}),
    )  # fmt: skip
    attachments = FilesField(together=OF_STRANGERS)
    captcha = SecurityCodeField()

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.order_fields([n for n in self.fields if n != "captcha"] + ["captcha"])

    def clean_email(self) -> str:
        return str(self.cleaned_data["email"]).lower()


def _who_sees(topic: Topic) -> str:
    if topic.seen_by_company:
        return _("The administrators of the company see the order, too.")
    return _("Only you see the order, and whoever you put in copy.")


class CopyForm(forms.Form):
    """Somebody who is to read and answer, too."""

    email = forms.EmailField(label=gettext_lazy("E-mail address"), max_length=254)
    name = forms.CharField(label=gettext_lazy("Name"), max_length=120, required=False)

    def clean_email(self) -> str:
        return str(self.cleaned_data["email"]).lower()


class RatingForm(forms.Form):
    rating = forms.TypedChoiceField(
        label=gettext_lazy("Your rating"), coerce=int, widget=forms.RadioSelect,
        choices=[
            (5, gettext_lazy("5 – Very good")), (4, gettext_lazy("4 – Good")),
            (3, gettext_lazy("3 – Fair")), (2, gettext_lazy("2 – Bad")),
            (1, gettext_lazy("1 – Very bad")),
        ],
    )  # fmt: skip
    comment = forms.CharField(
        label=gettext_lazy("Do you want to say more?"), max_length=1000, required=False,
        widget=forms.Textarea({"rows": 3}),
    )  # fmt: skip
