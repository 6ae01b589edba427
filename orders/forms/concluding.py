"""What clients fill in to conclude an order: documents, answers, the reason of a cancellation."""

from typing import Any

from django import forms
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from orders.forms.documents import DocumentFileField
from orders.models import Order


class DocumentForm(forms.Form):
    """A document of the dossier: what it is, and its file."""

    kind = forms.ChoiceField(label=_("Document"))
    file = DocumentFileField()

    def __init__(self, *args: Any, order: Order, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        asked = [line.strip() for line in order.product.documents.splitlines() if line.strip()]
        names = [*asked, gettext("Another document")]
        self.fields["kind"].choices = [(name[:120], name) for name in names]  # type: ignore[attr-defined]


class AnswerField(forms.CharField):
    """Counts a new line as one character, as the browser does where it keeps to the length."""

    def to_python(self, value: Any) -> str:
        return (super().to_python(value) or "").replace("\r\n", "\n")


class AnswerForm(forms.Form):
    """What an agent asked for: in words, as a file, or both. It may be left for later."""

    text = AnswerField(
        label=_("Your answer"), max_length=500, required=False,
        widget=forms.Textarea({"rows": 3}),
    )  # fmt: skip
    file = DocumentFileField(required=False)

    def __init__(self, data: Any, files: Any, *, prefix: str) -> None:
        super().__init__(
            data, files, prefix=prefix, empty_permitted=True, use_required_attribute=False
        )


class CancelForm(forms.Form):
    reason = forms.CharField(
        label=_("Why do you cancel?"),
        max_length=300,
        required=False,
        help_text=_("If you like. It stays in the history of the order."),
    )
