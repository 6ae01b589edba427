"""The provider's row, as its administrator edits it."""

from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from portal import sandbox
from portal.provider import pictures
from portal.provider.colours import contrast, is_readable
from portal.provider.models import Provider
from portal.ui.fields import PeriodField


class ProviderForm(forms.ModelForm[Provider]):
    new_logo = forms.FileField(
        label=_("New logo"), required=False, help_text=_("PNG, JPEG or WebP, up to 300 KB.")
    )
    first_month = PeriodField(
        label=_("First month"), required=False,
        help_text=_("The month of the oldest documents, mm/yyyy. Who asks for an earlier one is told."),
    )  # fmt: skip
    remove_logo = forms.BooleanField(label=_("Remove the logo"), required=False)

    class Meta:
        model = Provider
        exclude = ("logo", "logo_type")  # noqa: DJ006
        widgets = {"accent_colour": forms.TextInput(attrs={"type": "color"})}

    def clean_accent_colour(self) -> str:
        colour: str = self.cleaned_data["accent_colour"].lower()
        if not is_readable(colour):
            raise ValidationError(
                _(
                    "This colour is too light to be read on white: contrast %(ratio)s, at least 4.5 is needed."
                ),
                params={"ratio": f"{contrast(colour, '#f5f7f9'):.1f}"},
            )
        return colour

    def clean_new_logo(self) -> tuple[bytes, str] | None:
        """The picture's bytes and media type, known from the bytes and not from the name."""
        upload = self.cleaned_data.get("new_logo")
        if not upload:
            return None
        if upload.size > pictures.MAX_BYTES:
            raise ValidationError(_("The picture has more than 300 KB."))
        data = upload.read()
        return data, sandbox.run(pictures.kind_of, data)

    def save(self, commit: bool = True) -> Any:
        if self.cleaned_data.get("remove_logo"):
            self.instance.logo, self.instance.logo_type = None, ""
        if picture := self.cleaned_data.get("new_logo"):
            self.instance.logo, self.instance.logo_type = picture
        return super().save(commit)
