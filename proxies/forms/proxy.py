"""Registering an access and changing it: the fields of its kind, and its secrets, never shown again.

What is typed into a secret field never comes back into the page. On an access that has a value
already, it counts only where its box ("Trocar senha") is ticked: browsers fill such fields by
themselves.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.forms.boundfield import BoundField
from django.forms.utils import ErrorDict
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy
from django.views.decorators.debug import sensitive_variables

from certificates.icp import CertificateRecord
from portal.accounts.models import Company
from portal.taxid import format_tax_id, normalise, validate_tax_id
from portal.ui.fields import DayField, FilledChoiceField
from proxies.forms.choice import ClientsField
from proxies.forms.seeds import SeedField
from proxies.models import Agency, Kind, OfficeClient, Proxy, SecretValue, Sphere
from proxies.services.certificates import read as read_certificate
from proxies.services.life import NewValues, ProxyData, Stale

SWITCH = "switch"  # the button that shows other fields and saves nothing
LONGEST = 200  # characters of a secret
MOST_NAMED = 10  # clients, where somebody else chose others
Field = SecretValue.Field
# The values of each kind: those that it must have, then those that it may have.
NEEDED: dict[str, list[str]] = {
    Kind.LOGIN: [Field.LOGIN, Field.PASSWORD], Kind.CODE: [Field.CODE],
    Kind.CERTIFICATE: [Field.KEY],
}  # fmt: skip
POSSIBLE: dict[str, list[str]] = {Kind.LOGIN: [Field.SEED], Kind.CODE: [Field.PASSWORD, Field.SEED]}
# The form's fields of each value; the first is the one that says that there is a new one.
PARTS: dict[str, list[str]] = {
    Field.LOGIN: ["login"], Field.PASSWORD: ["password"], Field.CODE: ["code"],
    Field.SEED: ["seed"], Field.KEY: ["pfx", "pfx_password"],
}  # fmt: skip
# Where it stands what is wrong with a certificate; else at its file.
WRONG_IN = {"wrong_password": "pfx_password", "other_holder": "holder"}
FLAGS: dict[str, Any] = {
    Field.LOGIN: gettext_lazy("Change the login"),
    Field.PASSWORD: pgettext_lazy("access", "Change the password"),
    Field.CODE: gettext_lazy("Change the access code"),
    Field.SEED: gettext_lazy("Change the second factor"),
    Field.KEY: gettext_lazy("Change the certificate"),
}
# What it may be without again.
REMOVALS: dict[str, Any] = {
    Field.PASSWORD: pgettext_lazy("access", "Remove the password"),
    Field.SEED: gettext_lazy("Remove the second factor"),
}
# What is not there yet.
ADDED: dict[str, Any] = {
    Field.PASSWORD: pgettext_lazy("access", "Add a password"),
    Field.SEED: gettext_lazy("Add a second factor"),
}


class WriteOnlyInput(forms.TextInput):
    """A line of text whose value never comes back into the page."""

    def format_value(self, value: Any) -> None:  # noqa: ARG002
        return None


def _hidden_input(longest: int = LONGEST) -> forms.PasswordInput:
    return forms.PasswordInput({"autocomplete": "new-password", "maxlength": longest})


class HolderField(forms.CharField):
    """A CPF or a CNPJ with or without mask."""

    def prepare_value(self, value: Any) -> Any:
        return format_tax_id(normalise(str(value))) if value else value

    def clean(self, value: Any) -> str:
        text = normalise(super().clean(value))
        if text:
            validate_tax_id(text)
        return text


class LastDayField(DayField):
    """The last civil day of a value; today or later."""

    def clean(self, value: Any) -> date | None:
        day = super().clean(value)
        if day and day < timezone.localdate():
            raise ValidationError(_("The last day must be today or later."), code="past")
        return day


@dataclass(frozen=True, kw_only=True)
class Secret:
    """A value as the page asks for it: the box that opens it where there is one already, and its
    fields; ``removal``: the box that takes it away. ``name``: as ``SecretValue.Field`` calls it."""

    name: str
    flag: BoundField | None
    removal: BoundField | None
    fields: list[BoundField]


class ProxyForm(forms.Form):
    """``asked``: kind and sphere of the address. ``proxy``: the one to be changed, whose kind stays.

    Without a kind it asks for kind and sphere alone.
    """

    seen = forms.IntegerField(required=False, widget=forms.HiddenInput)
    kind = forms.ChoiceField(
        label=gettext_lazy("Type of access"), choices=Kind.choices, widget=forms.RadioSelect
    )
    sphere = forms.ChoiceField(
        label=gettext_lazy("Sphere"), choices=[("", gettext_lazy("— Choose —")), *Sphere.choices]
    )
    agency = FilledChoiceField(
        Agency.objects.none(), label=gettext_lazy("Agency"), empty_label=gettext_lazy("— Choose —"),
        nothing=gettext_lazy("None of this sphere takes this type of access"),
        error_messages={
            "invalid_choice": gettext_lazy(
                "This agency is not of the sphere chosen, or does not take this type of access. "
                "Choose one of the list."
            )
        },
    )  # fmt: skip
    name = forms.CharField(
        label=gettext_lazy("Name"), max_length=120, help_text=gettext_lazy("For example: ACESSO SEFAZ-MT")
    )  # fmt: skip
    holder = HolderField(max_length=18, widget=forms.TextInput({"autocomplete": "off"}))
    holder_name = forms.CharField(
        label=gettext_lazy("Name of the holder"), max_length=160, required=False,
        widget=forms.TextInput({"autocomplete": "off"}),
    )  # fmt: skip
    login = forms.CharField(
        label=gettext_lazy("Login"), max_length=LONGEST, required=False,
        widget=WriteOnlyInput({"autocomplete": "off", "autocapitalize": "none", "spellcheck": "false"}),
    )  # fmt: skip
    code = forms.CharField(
        label=gettext_lazy("Access code"), max_length=LONGEST, required=False,
        widget=_hidden_input(),
    )  # fmt: skip
    password = forms.CharField(
        label=gettext_lazy("Password"), max_length=LONGEST, required=False, strip=False,
        widget=_hidden_input(),
    )  # fmt: skip
    seed = SeedField(required=False, widget=_hidden_input(500))
    pfx = forms.FileField(
        label=gettext_lazy("File of the certificate"), required=False,
        widget=forms.FileInput({"accept": ".pfx,.p12"}),
        help_text=gettext_lazy("A1, with its key: a file .pfx or .p12. It is read at once and not kept."),
    )  # fmt: skip
    pfx_password = forms.CharField(
        label=gettext_lazy("Password of the certificate"), max_length=LONGEST, required=False,
        strip=False, widget=_hidden_input(),
        help_text=gettext_lazy("It opens the file now and is not kept."),
    )  # fmt: skip
    last_day = LastDayField(label=gettext_lazy("Last day"), required=False)
    clients = ClientsField(label=gettext_lazy("Clients that it serves"), required=False)
    notes = forms.CharField(
        label=gettext_lazy("Notes"), max_length=2000, required=False,
        widget=forms.Textarea({"rows": 3}),
        help_text=gettext_lazy("Everybody who sees the access reads them: no password here."),
    )  # fmt: skip

    certificate: tuple[CertificateRecord, bytes, str] | None = None

    def __init__(
        self, data: Any = None, files: Any = None, *, office: Company, proxy: Proxy | None = None,
        in_use: frozenset[str] = frozenset(), asked: Mapping[str, str] | None = None,
    ) -> None:  # fmt: skip
        self.office, self.proxy, self.in_use = office, proxy, in_use
        given = data if data is not None else (asked or {})
        self.chosen = proxy.kind if proxy else _one_of(given.get("kind"), Kind.values)
        sphere = given.get("sphere", proxy.agency.sphere if proxy else "")
        self.of_sphere = _one_of(sphere, Sphere.values)
        if data is not None and SWITCH in data:
            data = self._with_holder(data.copy())
        super().__init__(data, files, initial=self._start())
        self._keep_fields_of_kind()
        self._offer_choices()
        # Buttons that show other fields or clients, and save nothing.
        self.is_asking = data is not None and (SWITCH in data or bool(self["clients"].value().act))

    def _start(self) -> dict[str, Any]:
        start: dict[str, Any] = {"kind": self.chosen, "sphere": self.of_sphere}
        if self.proxy:
            names = ("agency", "name", "holder", "holder_name", "notes")
            start["seen"] = self.proxy.changes
            start |= {name: getattr(self.proxy, name) for name in names}
            return start | {"clients": self.proxy.clients.values_list("pk", flat=True)}
        return start if self.chosen == Kind.CODE else start | self._office_as_holder()

    def _office_as_holder(self) -> dict[str, str]:
        return {"holder": format_tax_id(self.office.tax_id), "holder_name": self.office.name}

    def _with_holder(self, data: Any) -> Any:
        """The office is the holder of logins and certificates; codes are a person's."""
        is_office = normalise(data.get("holder", "")) == self.office.tax_id
        if not self.proxy and (is_office or not data.get("holder")):
            blank = {"holder": "", "holder_name": ""}
            for name, value in (
                blank if self.chosen == Kind.CODE else self._office_as_holder()
            ).items():
                data[name] = value
        return data

    @property
    def _values(self) -> list[str]:
        """The values of this kind, as ``SecretValue.Field`` calls them."""
        return [*NEEDED.get(self.chosen, ()), *POSSIBLE.get(self.chosen, ())]

    def _keep_fields_of_kind(self) -> None:
        del self.fields["kind" if self.proxy else "seen"]
        if self.chosen == Kind.CERTIFICATE:
            del self.fields["last_day"]  # it says so itself
        for value, names in PARTS.items():
            for name in names if value not in self._values else ():
                del self.fields[name]
            if value in self._values and self.proxy:
                label = FLAGS[value] if value in self.in_use else ADDED.get(value, FLAGS[value])
                self.fields[f"change_{value}"] = forms.BooleanField(label=label, required=False)
                if value in POSSIBLE.get(self.chosen, ()) and value in self.in_use:
                    self.fields[f"remove_{value}"] = forms.BooleanField(
                        label=REMOVALS[value], required=False
                    )
            elif value in NEEDED.get(self.chosen, ()):
                self.fields[names[0]].is_marked = True  # type: ignore[attr-defined]

    def _offer_choices(self) -> None:
        agencies = Agency.objects.offered().filter(sphere=self.of_sphere)
        keys = [agency.pk for agency in agencies if self.chosen in agency.kinds]
        if self.proxy and self.proxy.agency.sphere == self.of_sphere:
            keys.append(self.proxy.agency_id)
        agency: Any = self.fields["agency"]
        agency.queryset = Agency.objects.filter(pk__in=keys).order_by("state", "name")
        clients = OfficeClient.objects.filter(office=self.office)
        offered = clients.served(timezone.localdate())
        if self.proxy:
            offered = offered | clients.filter(pk__in=self.proxy.clients.values("pk"))
        self.fields["clients"].widget.offered = offered
        self.fields["holder"].label = (
            _("CPF of the person, or CNPJ") if self.chosen == Kind.CODE
            else _("CNPJ of the office or CPF of the person")
        )  # fmt: skip
        if "last_day" in self.fields:
            self.fields["last_day"].help_text = self._about_last_day()

    def _about_last_day(self) -> str:
        if self.proxy:
            return _("Only together with a new value: the day of the one in use stays.")
        return _("Empty: the rule of the agency counts, or it is to be looked at by its age.")

    @property
    def secrets(self) -> Iterator[Secret]:
        """The values that this kind has, each with the box that opens it."""
        for name in self._values:
            flag, removal = f"change_{name}", f"remove_{name}"
            yield Secret(
                name=name, flag=self[flag] if flag in self.fields else None,
                removal=self[removal] if removal in self.fields else None,
                fields=[self[part] for part in PARTS[name]],
            )  # fmt: skip

    @property
    def agency_notice(self) -> str:
        """What the catalogue says of the agency that is chosen now."""
        key = str(self["agency"].value() or "")
        queryset: Any = self.fields["agency"]
        found = (
            queryset.queryset.filter(pk=key).first() if key.isascii() and key.isdigit() else None
        )
        return found.notice if found else ""

    @property
    def secrets_went(self) -> bool:
        """Whether something secret was sent and is not in the form any more."""
        if not self.is_bound:
            return False
        names = [field.html_name for secret in self.secrets for field in secret.fields]
        return any(self.data.get(name) or self.files.get(name) for name in names)

    @sensitive_variables()
    def full_clean(self) -> None:
        """Marked for all that is called from here: fields and ``clean`` have secrets in hand."""
        super().full_clean()
        if self.is_asking:
            self._errors = ErrorDict(renderer=self.renderer)

    def is_valid(self) -> bool:
        return super().is_valid() and not self.is_asking

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or {}
        if self.is_asking or not self.chosen:
            return cleaned
        for secret in self.secrets:
            self._judge(secret)
        self._read_certificate()
        if cleaned.get("last_day") and not self._renews():
            self.add_error("last_day", _("A last day belongs to a new value: give that, too."))
        return cleaned

    def _judge(self, secret: Secret) -> None:
        """Whether a value counts, and is there where it must be."""
        first = secret.fields[0].name
        is_removed = secret.removal and self.cleaned_data.get(secret.removal.name)
        if is_removed and secret.flag and self.cleaned_data.get(secret.flag.name):
            self.add_error(
                first, _("Either give a new one or remove it: clear one of the two boxes.")
            )
            return
        if secret.flag and not self.cleaned_data.get(secret.flag.name):
            self.cleaned_data.update({field.name: "" for field in secret.fields})
        elif not self.cleaned_data.get(first) and first not in self.errors:
            if secret.flag:
                self.add_error(
                    first, _("Give the new one, or clear the box to keep the one in use.")
                )
            elif secret.name in NEEDED[self.chosen]:
                self.add_error(first, _("This field is required."))

    @sensitive_variables()
    def _read_certificate(self) -> None:
        """Open the file that counts, with its password; then only what is in it is kept."""
        file, holder = self.cleaned_data.get("pfx"), self.cleaned_data.get("holder")
        if not file or not holder:
            return
        password = self.cleaned_data.get("pfx_password", "")
        try:
            self.certificate = read_certificate(
                file.read(), password, holder=holder, at=timezone.now()
            )
        except ValidationError as error:
            self.add_error(WRONG_IN.get(error.code or "", "pfx"), error)

    def _renews(self) -> bool:
        main = PARTS[Proxy(kind=self.chosen).main_field][0]
        return main in self.errors or bool(self.cleaned_data.get(main))

    @property
    def seen_changes(self) -> int:
        """The access's ``changes`` when the form was shown; of a form that does not say, none."""
        seen = self.cleaned_data.get("seen")
        return -1 if seen is None else seen

    def take_up(self, stale: Stale) -> None:
        """Say what somebody else saved meanwhile. Saving once more then counts."""
        mine: Any = self.proxy
        now = Proxy.objects.select_related("agency").get(pk=mine.pk)
        kept = ("agency", "name", "holder_name", "notes")
        saved = [
            f"{self.fields[name].label}: {getattr(now, name) or '–'}"
            for name in kept if getattr(now, name) != self.cleaned_data.get(name)
        ]  # fmt: skip
        if now.holder != self.cleaned_data.get("holder"):
            saved.append(f"{self.fields['holder'].label}: {now.shown_holder}")
        served = list(now.clients.all())
        if set(served) != set(self.cleaned_data["clients"]):
            names = ", ".join(client.name for client in served[:MOST_NAMED])
            more = "…" if len(served) > MOST_NAMED else ""
            saved.append(f"{self.fields['clients'].label}: {names or '–'}{more}")
        self.add_error(None, stale)
        if saved:
            self.add_error(None, _("It now says: %(saved)s.") % {"saved": "; ".join(saved)})
        self.add_error(None, _("Check what you filled in, and save again: that then counts."))
        sent: Any = self.data
        again = sent.copy()
        again["seen"] = str(now.changes)
        self.data = again

    def proxy_data(self) -> ProxyData:
        """What was filled in, without the secrets. Of a form that is valid."""
        values = self.cleaned_data
        return ProxyData(
            agency=values["agency"], kind=self.chosen, name=" ".join(values["name"].split()),
            holder=values["holder"], holder_name=values["holder_name"], notes=values["notes"],
            clients=values["clients"],
        )  # fmt: skip

    @sensitive_variables()
    def new_values(self) -> NewValues:
        """The secrets that were typed and count."""
        values = self.cleaned_data
        typed = {
            name: values[PARTS[name][0]].encode()
            for name in self._values if name != Field.KEY and values[PARTS[name][0]]
        }  # fmt: skip
        said, key, chain = self.certificate or (None, b"", "")
        if said:
            typed[Field.KEY] = key
        return NewValues(
            secrets=typed, certificate=said, chain=chain, lasts_to=values.get("last_day"),
            removed=[name for name in self._values if values.get(f"remove_{name}")],
        )  # fmt: skip


def _one_of(value: Any, values: list[str]) -> str:
    return value if value in values else ""
