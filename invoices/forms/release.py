"""Contesting a document and asking a question."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from invoices.models import Document
from invoices.models.documents import DocumentQuerySet
from portal.provider.models import ContactDesk
from portal.requests import key_of


class ContestForm(forms.Form):
    """Why the amounts are not accepted."""

    reason = forms.CharField(
        label=_("What is wrong?"),
        min_length=10,
        max_length=1000,
        widget=forms.Textarea(attrs={"rows": 5}),
        help_text=_(
            "Between 10 and 1,000 characters. It goes to the department that answers for amounts."
        ),
    )


class QuestionForm(forms.Form):
    """A question to one of the provider's desks, about a document or not."""

    topic = forms.ChoiceField(
        label=_("About"), choices=ContactDesk.Topic.choices, widget=forms.RadioSelect
    )
    document = forms.IntegerField(
        label=_("Document"),
        required=False,
        min_value=1,
        max_value=2**63 - 1,
        widget=forms.HiddenInput,
    )
    message = forms.CharField(
        label=_("Message"), min_length=10, max_length=4000, widget=forms.Textarea(attrs={"rows": 7})
    )

    def __init__(self, *args: Any, visible: DocumentQuerySet, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.visible = visible

    def about(self) -> Document | None:
        """The document that the form came with, if it is one of the person's own."""
        pk = key_of(str(self["document"].value() or ""))
        return self.visible.select_related("type", "unit").filter(pk=pk).first() if pk else None

    def clean_document(self) -> Document | None:
        pk = self.cleaned_data["document"]
        if pk is None:
            return None
        document = self.visible.select_related("type", "unit").filter(pk=pk).first()
        if document is None:
            raise forms.ValidationError(_("There is no such document among yours."))
        return document
