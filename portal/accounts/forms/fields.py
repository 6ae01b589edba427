"""Fields that several forms of people and access share."""

from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.functional import lazy
from django.utils.translation import gettext as _

from portal import desks
from portal.accounts.models import Grant
from portal.accounts.passwords import MAXIMUM
from portal.taxid import normalise, validate_cpf


class PasswordInput(forms.PasswordInput):
    """With a button that shows what was typed, where there is JavaScript."""

    template_name = "accounts/widgets/password.html"

    def __init__(self, autocomplete: str = "current-password", **attrs: Any) -> None:
        super().__init__({"autocomplete": autocomplete, "maxlength": MAXIMUM, **attrs})


class CPFField(forms.CharField):
    """A CPF with or without mask; gives its eleven digits."""

    def __init__(self, **kwargs: Any) -> None:
        attrs = {"inputmode": "numeric", "placeholder": "000.000.000-00", "autocomplete": "off"}
        super().__init__(max_length=18, widget=forms.TextInput(attrs), **kwargs)

    def clean(self, value: Any) -> str:
        text = normalise(super().clean(value))
        if text:
            validate_cpf(text)
        return text


def what_levels_mean() -> str:
    """What each level lets do; of operating, what it means in each desk."""
    acts = "; ".join(
        f"{service.label}: {service.operate}"
        for service in desks.gather("services") if service.operate
    )  # fmt: skip
    return _(
        "Consults: only sees. Operates: also acts (%(acts)s). Administers: looks after the "
        "company's users as well."
    ) % {"acts": acts}


class LevelField(forms.ChoiceField):
    """The level of a grant, with what each means."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(
            choices=Grant.Level.choices, initial=Grant.Level.OPERATE,
            help_text=lazy(what_levels_mean, str)(), **kwargs,
        )  # fmt: skip


def check_same(form: forms.Form, first: str, second: str) -> None:
    """An error on ``second`` when the two were filled in and differ."""
    one, other = form.cleaned_data.get(first), form.cleaned_data.get(second)
    if one and other and one != other:
        form.add_error(
            second, ValidationError(_("The two passwords differ."), code="passwords_differ")
        )
