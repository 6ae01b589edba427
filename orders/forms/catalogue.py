"""A product as the administration changes it: its price in reais."""

from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from orders.models import Product
from portal.ui.fields import CentsField

A1_IS_A_FILE = gettext_lazy("An A1 certificate is a file.")


class ProductForm(forms.ModelForm[Product]):
    price = CentsField(label=gettext_lazy("Price"))

    class Meta:
        model = Product
        fields = (
            "name", "text", "kind", "level", "medium", "years", "is_renewal", "signature_level",
            "max_consecutive", "window_days", "for_person", "for_company", "for_public", "documents", "is_active", "order",
        )  # fmt: skip

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if self.instance.pk:
            cents = self.instance.price_cents
            self.initial["price"] = f"{cents // 100},{cents % 100:02d}"

    def clean_price(self) -> int:
        cents: int = self.cleaned_data["price"]
        if cents <= 0:
            raise ValidationError(_("A price is above zero."))
        return cents

    def clean(self) -> dict[str, Any]:
        values = super().clean() or {}
        if values.get("level") == Product.Level.A1 and values.get("medium") != Product.Medium.FILE:
            self.add_error("medium", str(A1_IS_A_FILE))
        if not any(values.get(f"for_{who}") for who in ("person", "company", "public")):
            self.add_error(None, _("Say who may order it."))
        return values

    def save(self, commit: bool = True) -> Product:
        self.instance.price_cents = self.cleaned_data["price"]
        return super().save(commit)
