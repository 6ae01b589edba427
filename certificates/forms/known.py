"""Forms of the list of certificates: its filter, and the upload of one to be watched."""

from datetime import datetime
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.http import QueryDict
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from certificates.icp import CertificateRecord, read_uploaded_certificate
from certificates.icp.pfx import MAX_BYTES
from certificates.services.listing import Criteria, State
from certificates.trust.validation import examine
from certificates.trust.verdict import Fault, Purpose, Verdict
from portal.accounts.models import Company, User
from portal.accounts.pickers import CompanyField, PickingForm

# With these there is nothing to watch; of any other fault the person is told, and it is watched.
REFUSED = (Fault.UNREADABLE, Fault.BAD_SIGNATURE, Fault.REVOKED, Fault.EXPIRED)
LISTED = 12  # companies in a list to choose from; of more, one is found as one types
_PRIVATE = _(
    "This file holds a private key. Never send it to anyone, nor its password: who has both can act "
    "in your name. Nothing of it was kept. Export the certificate again without the private key "
    "(.cer or .crt)."
)


class CertificateFilter(forms.Form):
    """State and company; for staff, holder or number."""

    q = forms.CharField(label=_("Holder, CNPJ or CPF"), required=False, max_length=100)
    state = forms.ChoiceField(label=_("State"), required=False, choices=State.choices)
    company = forms.ModelChoiceField(
        Company.objects.none(), label=_("Company"), required=False, empty_label=_("All")
    )

    def __init__(
        self, data: QueryDict, *, companies: list[Company] | None, chosen: Company | None
    ) -> None:
        """``companies``: those to choose from; None for staff, who search. ``chosen``: where it
        starts, unless the address names another or, left empty, all."""
        if chosen and companies and "company" not in data:
            data = data.copy()
            data["company"] = str(chosen.pk)
        super().__init__(data, initial={"company": chosen and chosen.pk})
        if companies is None:
            del self.fields["company"]
            return
        del self.fields["q"]
        if len(companies) < 2:
            del self.fields["company"]
        else:
            field: Any = self.fields["company"]
            field.queryset = Company.objects.filter(pk__in=[company.pk for company in companies])

    def criteria(self) -> Criteria:
        """What was criteria for; what makes no sense is left out."""
        values = getattr(self, "cleaned_data", {})
        return Criteria(
            State(values.get("state") or State.CURRENT), values.get("company"),
            (values.get("q") or "").strip(),
        )  # fmt: skip


class UploadForm(PickingForm):
    """A public certificate and for whom it is watched.

    The few companies that somebody has are chosen from a list, the many of an office are found.
    """

    file = forms.FileField(
        label=_("Certificate file (.cer, .crt, .pem or .p7b)"), allow_empty_file=True,
        help_text=_("Only the public certificate. Never send a .pfx or .p12 file here: it holds the private key."),
        widget=forms.FileInput(attrs={"accept": ".cer,.crt,.pem,.der,.p7b"}),
    )  # fmt: skip
    owner = forms.ChoiceField(label=_("Watch it for"))
    company = CompanyField(label=_("Watch it for the company"))
    # A search without scripts sends the form: what comes after the field is not yet filled in.
    field_order = ("owner", "company", "file")

    record: CertificateRecord
    verdict: Verdict

    def __init__(
        self, data: Any = None, files: Any = None, *, user: User, companies: Any, alone: bool
    ) -> None:
        """``companies``: those that the person may choose (a queryset); ``alone``: whether the
        person may have it watched for themselves."""
        super().__init__(data, files, user=user)
        self.may_choose = companies
        few = list(companies.order_by("name", "pk")[: LISTED + 1])
        if len(few) > LISTED:
            del self.fields["owner"]
            self.fields["company"].required = not alone
            self.fields["company"].help_text = (
                _("Leave empty to watch it for yourself.") if alone else ""
            )
            return
        del self.fields["company"]
        self.companies = {str(company.pk): company for company in few}
        field: Any = self.fields["owner"]
        field.choices = [("me", _("Myself"))] * alone + [
            (pk, company.name) for pk, company in self.companies.items()
        ]
        if len(field.choices) == 1:
            field.initial, field.widget = field.choices[0][0], forms.HiddenInput()

    def clean_file(self) -> Any:
        file = self.cleaned_data["file"]
        if (file.size or 0) > MAX_BYTES:
            raise ValidationError(
                _("This file is too large to be a certificate."), code="too_large"
            )
        data = file.read()
        if b"PRIVATE KEY-----" in data:
            raise ValidationError(_PRIVATE, code="private_key")
        try:
            self.record = read_uploaded_certificate(data)
        except ValidationError as error:
            if error.code == "private_key":
                raise ValidationError(_PRIVATE, code="private_key") from None
            raise
        self._judge(timezone.now())
        return file

    def _judge(self, at: datetime) -> None:
        self.verdict = examine(self.record.der, purpose=Purpose.WATCH, at=at)
        fault = next((fault for fault in REFUSED if fault in self.verdict.faults), None)
        if fault == Fault.EXPIRED:
            day = f"{timezone.localtime(self.record.not_after):%d/%m/%Y}"
            raise ValidationError(
                _("This certificate expired on %(day)s: there is nothing left to watch."),
                code=fault, params={"day": day},
            )  # fmt: skip
        if fault:
            raise ValidationError(fault.label, code=fault)

    def clean_company(self) -> Company | None:
        company: Company | None = self.cleaned_data["company"]
        if company and not self.may_choose.filter(pk=company.pk).exists():
            raise ValidationError(
                _("You cannot have certificates of this company watched."), code="not_yours"
            )
        return company

    @property
    def chosen_company(self) -> Company | None:
        """For which company it is watched; None for oneself."""
        if "company" in self.fields:
            company: Company | None = self.cleaned_data["company"]
            return company
        return self.companies.get(self.cleaned_data["owner"])

    @property
    def warnings(self) -> list[str]:
        """What is not as it should be, and does not keep it from being watched."""
        return [str(fault.label) for fault in (*self.verdict.faults, *self.verdict.warnings)]
