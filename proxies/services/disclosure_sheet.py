"""Who saw what, as a spreadsheet."""

from collections.abc import Iterator
from typing import Any

from django.core.exceptions import ValidationError
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.formats import number_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy

from portal.accounts.models import Company
from portal.audit.services import record
from portal.sheets.columns import Column, Kind
from proxies.models import Disclosure, SecretValue

MAX_ROWS = 50_000
COLUMNS = (
    Column("at", label=gettext_lazy("When"), kind=Kind.INSTANT),
    Column("user__name", label=gettext_lazy("Who"), width=30),
    Column("proxy__name", label=pgettext_lazy("access", "Proxy"), width=34),
    Column("field", label=gettext_lazy("Field"), width=18),
    Column("version", label=gettext_lazy("Version"), kind=Kind.INTEGER),
    Column("act", label=gettext_lazy("What"), width=30),
    Column("opened", label=gettext_lazy("Was shown"), width=12),
    Column("reason", label=gettext_lazy("Reason"), width=50),
)
_WORDS: dict[str, dict[Any, Any]] = {
    "field": dict(SecretValue.Field.choices), "act": dict(Disclosure.Act.choices),
    "opened": {True: gettext_lazy("Yes"), False: gettext_lazy("No")},
}  # fmt: skip


def checked_count(found: QuerySet[Disclosure]) -> int:
    """How many rows the file will have. ValidationError when they are too many for one."""
    count = found.order_by().values("pk")[: MAX_ROWS + 1].count()
    if count > MAX_ROWS:
        raise ValidationError(
            _("This list has more than %(number)s rows: narrow it by a filter.")
            % {"number": number_format(MAX_ROWS, force_grouping=True)}
        )
    return count


def rows_of(found: QuerySet[Disclosure]) -> Iterator[list[Any]]:
    """A value for each column, in the order of the list. No secret is among them."""
    names = [column.name for column in COLUMNS]
    for row in found.values_list(*names).iterator(1000):
        yield [_WORDS.get(n, {}).get(value, value) for n, value in zip(names, row, strict=True)]


def note_export(request: HttpRequest, office: Company, *, rows: int, extension: str) -> None:
    """Who took the list along, and how much of it."""
    record(
        "proxy.disclosures_exported", target=office, company=office.pk, request=request,
        data={"rows": rows, "format": extension},
    )  # fmt: skip
