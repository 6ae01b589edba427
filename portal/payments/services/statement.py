"""The daily statement: what was credited on a day, by agreement and by file.

In each line the amount paid is what was credited plus the bank's fees; what is not is shown.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db.models import Count, F, QuerySet, Sum
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from portal.money import format_cents
from portal.payments.models import Difference, Settlement
from portal.sheets.columns import Column

COLUMNS = [
    Column("acordo", label=gettext_lazy("Agreement")),
    Column("arquivo", label=gettext_lazy("Return file")),
    Column("numero", label=gettext_lazy("Number (nosso número)")),
    Column("descricao", label=gettext_lazy("Charge")),
    Column("resultado", label=gettext_lazy("Outcome")),
    Column("pago_em", label=gettext_lazy("Paid on")),
    Column("creditado_em", label=gettext_lazy("Credited on")),
    Column("pago", label=gettext_lazy("Paid")),
    Column("tarifa", label=gettext_lazy("Fee")),
    Column("creditado", label=gettext_lazy("Credited")),
]


@dataclass(frozen=True, kw_only=True)
class Total:
    """One line: how many payments, and their sums in cents."""

    name: str
    url: str = ""
    count: int
    paid: int
    fees: int
    credited: int

    @property
    def rest(self) -> int:
        """What is neither credited nor a fee, by the bank's own figures."""
        return self.paid - self.fees - self.credited


@dataclass(frozen=True, kw_only=True)
class Statement:
    """A day. The sums of ``by_agreement`` and of ``by_file`` are both ``total``."""

    day: date
    total: Total
    by_agreement: list[Total]
    by_file: list[Total]
    differences: list[dict[str, Any]]


def credited_on(day: date) -> QuerySet[Settlement]:
    """The payments in force that were credited on a day."""
    return Settlement.objects.filter(credited_on=day, undone_at__isnull=True)


def statement_of(day: date) -> Statement:
    """What was credited on a day, and the differences of those payments."""
    found = credited_on(day)
    by_agreement = [
        _total(row, name=row["agreement__name"]) for row in _summed(found, "agreement__name")
    ]
    by_file = [
        _total(row, name=row["bank_file__name"] or _("Noted by hand"), file=row["bank_file"])
        for row in _summed(found, "bank_file__name", "bank_file")
    ]
    sums = {name: sum(getattr(t, name) for t in by_agreement)
            for name in ("count", "paid", "fees", "credited")}  # fmt: skip
    return Statement(
        day=day, total=Total(name=_("Total"), **sums), by_agreement=by_agreement, by_file=by_file,
        differences=_differences(found),
    )  # fmt: skip


def _summed(found: QuerySet[Settlement], *by: str) -> Iterable[dict[str, Any]]:
    summed: Iterable[dict[str, Any]] = (
        found.order_by(*by).values(*by)
        .annotate(
            count=Count("pk"), paid=Sum("paid_cents"), fees=Sum("fee_cents"), credited=Sum("net_cents")
        )
    )  # fmt: skip
    return summed


def _total(row: dict[str, Any], *, name: str, file: int | None = None) -> Total:
    sums = {key: row[key] for key in ("count", "paid", "fees", "credited")}
    return Total(name=name, url=str(file) if file else "", **sums)


def _differences(found: QuerySet[Settlement]) -> list[dict[str, Any]]:
    """How many of each kind and state, and their sum."""
    of_these = Difference.objects.filter(settlement__in=found)
    rows = of_these.order_by("kind", "status").values("kind", "status").annotate(
        count=Count("pk"), cents=Sum("cents")
    )  # fmt: skip
    return [
        {
            "kind": row["kind"], "label": Difference.Kind(row["kind"]).label,
            "status": row["status"], "state": Difference.Status(row["status"]).label,
            "count": row["count"], "cents": row["cents"],
        }
        for row in rows
    ]  # fmt: skip


def export_rows(day: date) -> Iterator[list[str]]:
    """Each payment of a day, for a sheet."""
    found = credited_on(day).order_by("agreement__name", "bank_file", "pk").annotate(
        agreement_name=F("agreement__name"), file_name=F("bank_file__name"),
        description=F("charge__description"),
    )  # fmt: skip
    for one in found.iterator(chunk_size=1000):
        yield [
            one.agreement_name, one.file_name or _("Noted by hand"), one.number,
            one.description or "", one.get_outcome_display(), f"{one.occurred_on:%d/%m/%Y}",
            f"{one.credited_on:%d/%m/%Y}", format_cents(one.paid_cents),
            format_cents(one.fee_cents), format_cents(one.net_cents),
        ]  # fmt: skip
