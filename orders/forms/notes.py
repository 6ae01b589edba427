"""Handing in fiscal notes, finding them, and saying to which order one belongs."""

from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.core.files.base import File
from django.db.models import Q
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from orders.models import FiscalNote, Order
from orders.models.notes import NoteQuerySet
from orders.nfse.xml import MAX_BYTES
from orders.services.note_checking import MAX_TOTAL
from orders.services.notes import why_not
from portal import taxid

MOST_FILES = 100
_MB = 1024**2
_ZIP = b"PK\x03\x04"
_STARTS = (b"<", b"\xef\xbb\xbf<", b"\xff\xfe<\x00", b"\xfe\xff\x00<")


class _FilesInput(forms.ClearableFileInput):
    template_name = "django/forms/widgets/input.html"
    allow_multiple_selected = True


class NoteFilesField(forms.FileField):
    """One zip, or XML files. Gives a list; each that is refused is named with its reason."""

    def clean(self, data: Any, initial: Any = None) -> list[File[Any]]:
        files = [file for file in (data if isinstance(data, list) else [data]) if file]
        if not files:
            super().clean(None, initial)
        if len(files) > MOST_FILES:
            raise ValidationError(
                _("At most %(most)s files at once; put more into a zip."),
                params={"most": MOST_FILES},
            )
        starts = {file: _start(file) for file in files}
        if len(files) > 1 and _ZIP in {start[:4] for start in starts.values()}:
            raise ValidationError(_("Hand in one zip, or XML files, but not both."), code="mixed")
        refused = [text for file in files if (text := _why_refused(file, starts[file]))]
        if refused:
            raise ValidationError([ValidationError(text) for text in refused])
        return files


def _start(file: File[Any]) -> bytes:
    file.seek(0)
    start: bytes = file.read(64)
    file.seek(0)
    return start


def _why_refused(file: File[Any], start: bytes) -> str:
    is_zip = start.startswith(_ZIP)
    most = MAX_TOTAL if is_zip else MAX_BYTES
    if (file.size or 0) > most:
        return _("%(name)s has more than %(limit)s MB.") % {
            "name": file.name, "limit": most // _MB,
        }  # fmt: skip
    if not is_zip and not start.lstrip().startswith(_STARTS):
        return _("%(name)s is neither XML nor a zip.") % {"name": file.name}
    return ""


class NoteFilesForm(forms.Form):
    """The files and what to call them."""

    documents = NoteFilesField(
        label=gettext_lazy("XML files or a zip"),
        widget=_FilesInput({"multiple": True, "accept": ".xml,.zip,application/zip,text/xml"}),
        help_text=gettext_lazy(
            "National NFS-e (1.00, 1.01), its events, and ABRASF 1.0, 2.02, 2.03 and 2.04."
            " Up to 100 XML files of 1 MB, or a zip with up to 2,000."
        ),
    )
    name = forms.CharField(
        label=gettext_lazy("Name of the import"), max_length=120, required=False,
        help_text=gettext_lazy("Empty: the name of the file."),
    )  # fmt: skip

    def clean(self) -> dict[str, Any]:
        values = super().clean() or {}
        if not values.get("name") and values.get("documents"):
            values["name"] = str(values["documents"][0].name)[:120]
        return values


class NoteFilter(forms.Form):
    """Text, and which notes. Without a choice those that wait for an order."""

    LOOSE, TIED, ASIDE, ENDED, ALL = "loose", "tied", "aside", "ended", "all"
    SHOWN = [
        (LOOSE, gettext_lazy("Waiting for their order")), (TIED, gettext_lazy("With an order")),
        (ASIDE, gettext_lazy("Set aside")), (ENDED, gettext_lazy("Cancelled or substituted")),
        (ALL, gettext_lazy("All notes")),
    ]  # fmt: skip

    q = forms.CharField(
        label=gettext_lazy("Number, key, order, CPF or CNPJ"), required=False, max_length=80
    )
    show = forms.ChoiceField(
        label=gettext_lazy("Show"), choices=SHOWN, required=False, initial=LOOSE
    )

    def apply(self, notes: NoteQuerySet) -> NoteQuerySet:
        if not self.is_valid():
            return notes.none()
        show, text = self.cleaned_data["show"] or self.LOOSE, self.cleaned_data["q"]
        if show == self.LOOSE:
            notes = notes.without_order()
        elif show == self.TIED:
            notes = notes.filter(order__isnull=False)
        elif show == self.ASIDE:
            notes = notes.filter(set_aside_at__isnull=False)
        elif show == self.ENDED:
            notes = notes.exclude(standing=FiscalNote.Standing.VALID)
        return notes.filter(_found_by(text)) if text else notes


def _found_by(text: str) -> Q:
    """Exact: each of what a note is looked up by has an index."""
    plain = taxid.normalise(text)
    found = Q(identity=plain) | Q(number=plain.lstrip("0")) | Q(taker_tax_id=plain)
    if plain.isdigit() and len(plain) < 10:
        found |= Q(order__number=int(plain))
    return found


class TieForm(forms.Form):
    """The number of the order that a note belongs to."""

    number = forms.IntegerField(
        label=gettext_lazy("Number of the order"), min_value=1, max_value=2**31 - 1,
        localize=False, widget=forms.TextInput(attrs={"inputmode": "numeric"}),
    )  # fmt: skip

    def __init__(self, *args: Any, taker: str, is_needed: bool = True, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.taker = taker
        self.order: Order | None = None
        self.fields["number"].required = is_needed

    def clean_number(self) -> int | None:
        number: int | None = self.cleaned_data["number"]
        if number is None:
            return None
        self.order = Order.objects.filter(number=number).select_related("payer").first()
        if self.order is None:
            raise ValidationError(_("There is no order with this number."), code="unknown")
        if obstacle := why_not(self.order, self.taker):
            raise ValidationError(obstacle, code="taker")
        return number


class SetAsideForm(forms.Form):
    """Why a note belongs to no order."""

    why = forms.CharField(
        label=gettext_lazy("Why it belongs to no order"), max_length=300,
        widget=forms.Textarea(attrs={"rows": 3}),
    )  # fmt: skip
