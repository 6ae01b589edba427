"""Entering invoice data by hand, and importing it."""

from typing import Any, cast

from django import forms
from django.core.exceptions import ValidationError
from django.http import QueryDict
from django.utils.translation import gettext_lazy as _

from invoices.models import DocumentType, InvoiceDraft
from invoices.quantities import format_quantity, parse_quantity
from invoices.services.drafts import DRAFTED, IDENTITY, MAX_ITEMS, Item, already_drafted
from portal.accounts.pickers import PickingForm, UnitField
from portal.money import format_cents
from portal.requests import key_of
from portal.sheets.fields import SheetField
from portal.ui.fields import CentsField, DayField, FilledChoiceField, PeriodField

CHANGED_BY_OTHERS = _(
    "Somebody else changed this draft meanwhile. What you typed is still here; saving it again "
    "replaces the other change."
)
_MORE = 5
_IMPORT_BYTES = 10 * 1024**2


class DraftFilter(forms.Form):
    """State, and the beginning of a number or a unit's code. A state that is none is the first."""

    status = forms.ChoiceField(label=_("State"), choices=InvoiceDraft.Status.choices)
    q = forms.CharField(
        label=_("Number or unit"), max_length=40, required=False, widget=forms.SearchInput
    )

    def __init__(self, data: QueryDict) -> None:
        first = InvoiceDraft.Status.DRAFT.value
        asked = data.get("status", first)
        super().__init__(
            {"status": asked if asked in InvoiceDraft.Status.values else first,
             "q": data.get("q", "").strip()[:40]},
            initial={"status": first},
        )  # fmt: skip


class DraftForm(PickingForm):
    """The head of an invoice."""

    unit = UnitField(label=_("Unit"))
    type = FilledChoiceField(
        label=_("Type"), empty_label=None,
        nothing=_("None yet: an administrator adds them under “Types of documents” (see “First steps”)."),
        queryset=DocumentType.objects.filter(is_active=True, kind=DocumentType.Kind.INVOICE),
    )  # fmt: skip
    period = PeriodField()
    number = forms.CharField(label=_("Number"), max_length=40)
    due_date = DayField(label=_("Due date"))
    notes = forms.CharField(
        label=_("Notes"), max_length=2000, required=False, widget=forms.Textarea(attrs={"rows": 3})
    )
    # Which state of the draft was read: what somebody else saved meanwhile is not lost unseen.
    revision = forms.IntegerField(required=False, min_value=0, widget=forms.HiddenInput)

    def __init__(
        self, data: Any = None, *, user: Any, draft: InvoiceDraft | None = None, initial: Any = None
    ) -> None:
        super().__init__(data, user=user, initial=initial or (_said_by(draft) if draft else None))
        self.draft = draft

    def clean_number(self) -> str:
        number: str = self.cleaned_data["number"].strip()
        return number

    def tell_changed(self, revision: int) -> None:
        """Somebody else saved the draft; saving once more replaces that, now that it was said."""
        data = cast("QueryDict", self.data).copy()
        data["revision"] = str(revision)
        self.data = data
        self.add_error(None, CHANGED_BY_OTHERS)

    def clean(self) -> dict[str, Any]:
        values = super().clean() or {}
        if all(name in values for name in IDENTITY) and already_drafted(
            **{name: values[name] for name in IDENTITY}, apart_from=self.draft
        ):
            self.add_error("number", DRAFTED)
        return values


def _said_by(draft: InvoiceDraft) -> dict[str, Any]:
    return {
        "unit": draft.unit, "type": draft.type_id, "number": draft.number,
        "period": draft.period, "due_date": draft.due_date, "notes": draft.notes,
        "revision": draft.revision,
    }  # fmt: skip


class QuantityField(forms.CharField):
    """Thousandths; 1 when left empty."""

    def clean(self, value: Any) -> int:
        text = super().clean(value)
        return parse_quantity(text) if text else 1000


def _figure() -> forms.TextInput:
    return forms.TextInput(attrs={"inputmode": "decimal", "autocomplete": "off", "class": "num"})


class ItemForm(forms.Form):
    """One line of the invoice."""

    description = forms.CharField(label=_("Description"), max_length=200)
    quantity = QuantityField(label=_("Quantity"), max_length=20, required=False, widget=_figure())
    price = CentsField(label=_("Unit price"))

    def item(self) -> Item | None:
        values = self.cleaned_data
        if not values:
            return None
        return Item(values["description"], values["quantity"], values["price"])


class BaseItems(forms.BaseFormSet[ItemForm]):
    """Lines; one that is left (or made) empty is ignored."""

    def _construct_form(self, i: int, **kwargs: Any) -> ItemForm:
        return super()._construct_form(i, **{**kwargs, "empty_permitted": True})  # type: ignore[misc, no-any-return]

    def clean(self) -> None:
        if not any(self.errors) and not self.items():
            raise ValidationError(_("Enter at least one line."))

    def items(self) -> list[Item]:
        """The lines that were filled in, in their order."""
        return [item for form in self.forms if (item := form.item())]


Items = forms.formset_factory(
    ItemForm, formset=BaseItems, extra=_MORE, max_num=MAX_ITEMS, validate_max=True,
    absolute_max=MAX_ITEMS + _MORE,
)  # fmt: skip


def items_form(draft: InvoiceDraft | None = None) -> BaseItems:
    """The lines of a draft (or none) and some empty ones."""
    initial = [
        {
            "description": item.description,
            "quantity": format_quantity(item.quantity_milli),
            "price": format_cents(item.price_cents),
        }
        for item in (draft.items.all() if draft else [])
    ]
    return cast("BaseItems", Items(initial=initial, prefix="items"))


def posted_items(data: QueryDict) -> BaseItems:
    """The lines as they were sent."""
    return cast("BaseItems", Items(data, prefix="items"))


def unjudged_items(data: QueryDict) -> BaseItems:
    """The lines as they were typed, not judged yet, with some empty ones more."""
    count = min(key_of(data.get("items-TOTAL_FORMS", "")) or 0, MAX_ITEMS)
    lines = [
        {name: data.get(f"items-{i}-{name}", "") for name in ItemForm.base_fields}
        for i in range(count)
    ]
    return cast("BaseItems", Items(initial=lines, prefix="items"))


class ImportForm(forms.Form):
    """A spreadsheet with one row per item."""

    file = SheetField(
        label=_("File"), max_bytes=_IMPORT_BYTES,
        help_text=_("CSV or XLSX, one row per item. Up to 5,000 rows."),
    )  # fmt: skip
