"""What an office's administrator fills in about its people."""

from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from portal.accounts.forms.fields import (
    LastDayField,
    LevelField,
    ServicesField,
    end_of_access,
)
from portal.accounts.models import Company, Grant
from portal.accounts.services import NewAccess
from portal.accounts.services.team import Reach, grants_at
from proxies.models.offices import SERVICE, VERSIONS
from proxies.services.people import people_ever_at

ACTIVE, INACTIVE = "active", "inactive"
_MEANING = gettext_lazy(
    "Consults: sees the accesses without their passwords. Operates: also registers and changes "
    "accesses, and sees their passwords. Administers: also destroys accesses, looks after clients "
    "and users, and sees who saw what."
)


class PersonForm(forms.Form):
    """Status, level, services and end of somebody's access, within the ``reach`` of who gives it."""

    status = forms.ChoiceField(
        label=gettext_lazy("Status"),
        choices=[(ACTIVE, gettext_lazy("Active")), (INACTIVE, gettext_lazy("Inactive"))],
    )
    level = LevelField(label=gettext_lazy("Level of access"))
    services = ServicesField()
    versions = forms.BooleanField(
        label=gettext_lazy("Also sees former passwords"), required=False,
        help_text=gettext_lazy("Passwords that were in use before, of every access."),
    )  # fmt: skip
    last_day = LastDayField()
    field_order = ["status", "email", "name", "level", "services", "versions", "last_day"]

    def __init__(self, office: Company, reach: Reach, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.office = office
        self.fields["level"].help_text = _MEANING
        services: Any = self.fields["services"]
        services.limit_to(reach.names - {VERSIONS}, everything=reach.everything)
        services.initial = [SERVICE]
        if VERSIONS not in reach.names:
            del self.fields["versions"]

    def clean(self) -> dict[str, Any]:
        values = super().clean() or self.cleaned_data
        if values.get("versions") and SERVICE not in values.get("services", [SERVICE]):
            self.add_error(
                "versions",
                _("Who sees former passwords needs the service of the office's accesses as well."),
            )
        return values

    @property
    def is_active(self) -> bool:
        return bool(self.cleaned_data["status"] == ACTIVE)

    def access(self) -> NewAccess:
        scopes = list(self.cleaned_data["services"])
        return NewAccess(
            places=[self.office],
            level=self.cleaned_data["level"],
            scopes=[*scopes, VERSIONS] if self.cleaned_data.get("versions") else scopes,
            until=end_of_access(self.cleaned_data["last_day"]),
        )


class InvitedForm(PersonForm):
    """The same of somebody who was registered and has not accepted yet."""

    name = forms.CharField(label=gettext_lazy("Name of the user"), max_length=120)

    def clean_name(self) -> str:
        name = " ".join(self.cleaned_data["name"].split())
        if not any(c.isalpha() for c in name):
            raise ValidationError(_("Enter the person's name."))
        return name


class NewPersonForm(InvitedForm):
    """“Criação de usuário”."""

    email = forms.EmailField(label=gettext_lazy("E-mail"), max_length=254)

    def clean_email(self) -> str:
        email = str(self.cleaned_data["email"]).lower()
        if grants_at(self.office).in_force(timezone.now()).filter(user__email=email).exists():
            raise ValidationError(_("This person already has access to the office."))
        if people_ever_at(self.office).filter(email=email).exists():
            raise ValidationError(
                _("This person is among the users of the office, inactive: open them in the list.")
            )
        return email


def access_said(level: str, scopes: list[str], last_day: Any, *, active: bool) -> dict[str, Any]:
    """What somebody has, as the form says it."""
    return {
        "status": ACTIVE if active else INACTIVE,
        "level": level or Grant.Level.CONSULT,
        "services": [name for name in scopes if name != VERSIONS],
        "versions": VERSIONS in scopes,
        "last_day": last_day,
    }
