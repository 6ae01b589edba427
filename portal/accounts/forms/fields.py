"""Fields that several forms of people and access share."""

from collections.abc import Collection
from datetime import date, datetime
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils import timezone
from django.utils.functional import lazy
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from portal import desks
from portal.accounts.labels import sensitive_services
from portal.accounts.models import Grant
from portal.accounts.passwords import MAXIMUM
from portal.periods import end_of_day
from portal.taxid import normalise, validate_cpf
from portal.ui.fields import DayField


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


class ServicesField(forms.MultipleChoiceField):
    """The services that access is limited to; none for all ordinary ones.

    ``limit_to`` leaves those that the giver may give. A name that no desk has any more stays in
    sight where a grant holds it, so that saving does not silently widen the grant.
    """

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(
            label=gettext_lazy("Services"), required=False, widget=forms.CheckboxSelectMultiple,
            choices=service_choices, **kwargs,
        )  # fmt: skip

    def limit_to(self, names: Collection[str], *, everything: bool) -> None:
        """Offer these only; unless ``everything`` may be given, some must be chosen."""
        self.choices = [choice for choice in service_choices() if choice[0] in names]
        self.required = not everything
        self.help_text = what_no_service_means() if everything else ""

    def keep(self, names: Collection[str]) -> None:
        """Offer these besides, whatever they are."""
        known = desks.services()
        self.choices = [*service_choices(), *((name, name) for name in names if name not in known)]


def service_choices() -> list[tuple[str, Any]]:
    return [(service.name, service.label) for service in desks.services().values()]


def what_no_service_means() -> str:
    """What is given where no service is ticked."""
    kept = sensitive_services()
    if not kept:
        return _("None ticked: all of them.")
    return _("None ticked: all of them but %(names)s.") % {"names": kept}


class LastDayField(DayField):
    """The last civil day (Brasília) of an access, today or later; none where it has no end."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(
            label=gettext_lazy("Last day of the access"), required=False,
            help_text=gettext_lazy("Empty: the access has no end."), **kwargs,
        )  # fmt: skip

    def clean(self, value: Any) -> date | None:
        day = super().clean(value)
        if day and day < timezone.localdate():
            raise ValidationError(_("The last day must be today or later."), code="past")
        return day


def end_of_access(day: date | None) -> datetime | None:
    """The instant at which access ends whose last day is ``day``."""
    return end_of_day(day, "America/Sao_Paulo") if day else None


def check_same(form: forms.Form, first: str, second: str) -> None:
    """An error on ``second`` when the two were filled in and differ."""
    one, other = form.cleaned_data.get(first), form.cleaned_data.get(second)
    if one and other and one != other:
        form.add_error(
            second, ValidationError(_("The two passwords differ."), code="passwords_differ")
        )
