"""Form fields of a Brazilian address: state, municipality and CEP.

    class AddressForm(PlaceFields, forms.Form): …

The page loads ``municipality.js``, which fills the list of names once a state is chosen. Without
scripts the name is typed: accents, upper case and marks do not matter.
"""

import difflib
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy

from portal.accents import letters
from portal.municipalities import cep
from portal.municipalities.models import Municipality
from portal.states import STATES


class CepInput(forms.TextInput):
    """With a button that asks for the address of the CEP, where a service is set up for it."""

    template_name = "municipalities/cep.html"

    def get_context(self, name: str, value: Any, attrs: Any) -> dict[str, Any]:
        context = super().get_context(name, value, attrs)
        return context | {"button": cep.BUTTON if cep.is_offered() else ""}


class CepField(forms.CharField):
    """A CEP with or without its hyphen; gives eight digits."""

    def __init__(self, **options: Any) -> None:
        options.setdefault("label", "CEP")
        attrs = {"inputmode": "numeric", "placeholder": "00000-000", "autocomplete": "postal-code"}
        super().__init__(max_length=12, widget=CepInput(attrs), **options)

    def prepare_value(self, value: Any) -> Any:
        text = str(value or "")
        return f"{text[:5]}-{text[5:]}" if len(text) == 8 and text.isdigit() else value

    def clean(self, value: Any) -> str:
        text = "".join(super().clean(value).split()).replace("-", "").replace(".", "")
        if text and not (len(text) == 8 and text.isascii() and text.isdigit() and int(text)):
            raise ValidationError(_("A CEP has eight digits, like 30110-000."), code="invalid_cep")
        return text


class CityInput(forms.TextInput):
    """The name, with a list of the state's names."""

    template_name = "municipalities/city.html"
    state = ""

    def get_context(self, name: str, value: Any, attrs: Any) -> dict[str, Any]:
        context = super().get_context(name, value, attrs)
        identity = f"{context['widget']['attrs'].get('id', name)}_names"
        context["widget"]["attrs"]["list"] = identity
        return context | {
            "names": names_of(self.state), "list_id": identity,
            "address": reverse("municipalities:names"),
        }  # fmt: skip


class PlaceFields(forms.Form):
    """State and municipality. ``cleaned_data["municipality"]``: the row; ``city`` its name."""

    state = forms.ChoiceField(
        label=pgettext_lazy("address", "State"),
        choices=[("", gettext_lazy("Choose")), *((state, state) for state in STATES)],
        widget=forms.Select({"autocomplete": "address-level1", "data-state": True}),
    )
    city = forms.CharField(
        label=gettext_lazy("Municipality"), max_length=60,
        widget=CityInput({"autocomplete": "address-level2", "spellcheck": "false"}),
    )  # fmt: skip

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        widget: Any = self.fields["city"].widget
        widget.state = str(self["state"].value() or "")

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or self.cleaned_data
        if cleaned.get("state") and cleaned.get("city"):
            try:
                row = named(cleaned["city"], cleaned["state"])
            except ValidationError as error:
                self.add_error("city", error)
            else:
                cleaned["city"], cleaned["municipality"] = row.name, row.code
        return cleaned


def names_of(state: str) -> list[str]:
    """Its municipalities, in order; none of an unknown state."""
    if state not in STATES:
        return []
    return list(Municipality.objects.filter(state=state).values_list("name", flat=True))


def named(name: str, state: str) -> Municipality:
    """The one with this name in this state. ValidationError with those that are called alike."""
    folded = letters(name)
    if row := Municipality.objects.filter(state=state, folded=folded).first():
        return row
    there = dict(Municipality.objects.filter(state=state).values_list("folded", "name"))
    close = [there[key] for key in difflib.get_close_matches(folded, there, n=4, cutoff=0.7)]
    words = {"name": name, "state": state, "close": ", ".join(close)}
    if close:
        text = _("There is no “%(name)s” in %(state)s. Similar: %(close)s.")
    else:
        text = _("There is no “%(name)s” in %(state)s. Look at the name and the state.")
    raise ValidationError(text % words, code="no_municipality")
