"""An agency as the administration changes it: kinds to tick, the municipality by its name."""

from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from portal.municipalities.forms import CityInput, named
from proxies.models import Agency, Kind, LoginPage, Sphere


class AgencyForm(forms.ModelForm[Agency]):
    kinds = forms.MultipleChoiceField(
        label=gettext_lazy("Kinds of access"), choices=Kind.choices,
        widget=forms.CheckboxSelectMultiple,
    )  # fmt: skip
    address = forms.URLField(
        label=gettext_lazy("Address"), max_length=300, required=False, assume_scheme="https"
    )
    city = forms.CharField(
        label=gettext_lazy("Municipality"), max_length=60, required=False, widget=CityInput,
        help_text=gettext_lazy("Of a municipal agency. Choose its state first."),
    )  # fmt: skip

    class Meta:
        model = Agency
        fields = (
            "name", "sphere", "state", "address", "kinds", "renewal_every", "renewal_unit",
            "renewal_source", "renewal_checked_on", "review_months", "notice", "is_active",
        )  # fmt: skip
        widgets = {"state": forms.Select({"data-state": True})}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if self.instance.municipality:
            self.initial["city"] = self.instance.municipality.name
        widget: Any = self.fields["city"].widget
        widget.state = str(self["state"].value() or "")

    def clean_renewal_every(self) -> int | None:
        every: int | None = self.cleaned_data["renewal_every"]
        if every == 0:
            raise ValidationError(_("Leave it empty where the agency does not say how long."))
        return every

    def clean(self) -> dict[str, Any]:
        """Where it is must fit its sphere; a rule says where it stands and when that was read."""
        values: dict[str, Any] = super().clean() or self.cleaned_data
        self.instance.municipality = None
        place = {"state": values.get("state"), "city": values.get("city")}
        asked = {
            Sphere.FEDERAL: set(), Sphere.STATE: {"state"}, Sphere.MUNICIPAL: {"state", "city"},
        }.get(values.get("sphere", ""), set(place))  # fmt: skip
        for name, given in place.items():
            if given and name not in asked:
                self.add_error(name, _("Leave it empty: an agency of this sphere has none."))
            if not given and name in asked:
                self.add_error(name, _("An agency of this sphere has one."))
        if all(place.values()) and asked == set(place):
            self._find_municipality(values)
        if values.get("renewal_every"):
            for name in ("renewal_source", "renewal_checked_on"):
                if not values.get(name):
                    self.add_error(name, _("Say where the rule stands, and when it was read."))
        return values

    def _find_municipality(self, values: dict[str, Any]) -> None:
        try:
            self.instance.municipality = named(values["city"], values["state"])
        except ValidationError as error:
            self.add_error("city", error)


class LoginPageForm(forms.ModelForm[LoginPage]):
    address = forms.URLField(
        label=gettext_lazy("Address of the login page"), max_length=300, assume_scheme="https"
    )

    class Meta:
        model = LoginPage
        fields = (
            "address", "login_field", "password_field", "fixed_fields", "opened_texts",
            "refused_texts", "expired_texts", "is_active",
        )  # fmt: skip
