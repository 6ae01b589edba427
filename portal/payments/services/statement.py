"""The daily statement: what a day brought to the account and what left it, by agreement and by file.

In each line the amount paid is what was credited plus the bank's fees; what is not is shown. What a
bank reversed and what was given back are lines below zero, so that the total is the account's.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db.models import Count, F, QuerySet, Sum
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from portal.money import format_cents
from portal.payments.models import Debit, Difference, Settlement
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
_LEFT: dict[str, str | Promise] = {
    Debit.Kind.REVERSED: gettext_lazy("%(name)s: reversed by the bank"),
    Debit.Kind.REFUND: gettext_lazy("%(name)s: given back"),
}
_SUMS = {
    "count": Count("pk"), "paid": Sum("paid_cents"), "fees": Sum("fee_cents"),
    "credited": Sum("net_cents"),
}  # fmt: skip


@dataclass(frozen=True, kw_only=True)
class Total:
    """One line: how many payments, and their sums in cents; below zero of what left the account."""

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


def debited_on(day: date) -> QuerySet[Debit]:
    """What a bank reversed and what was given back on a day."""
    return Debit.objects.filter(debited_on=day, undone_at__isnull=True)


def statement_of(day: date) -> Statement:
    """What came and left on a day, and the differences of its payments."""
    came, left = credited_on(day), debited_on(day)
    by_agreement = _lines(came, left, "agreement__name")
    by_file = _lines(came, left, "bank_file__name", "bank_file")
    sums = {name: sum(getattr(t, name) for t in by_agreement) for name in _SUMS}
    return Statement(
        day=day, total=Total(name=_("Total"), **sums), by_agreement=by_agreement, by_file=by_file,
        differences=_differences(came),
    )  # fmt: skip


def _lines(came: QuerySet[Settlement], left: QuerySet[Debit], name: str, *more: str) -> list[Total]:
    """A line for each group of payments, then one for each group and kind of what left."""
    lines = [_total(row, name=row[name]) for row in _summed(came, name, *more)]
    for row in _summed(left, name, *more, "kind"):
        text = str(_LEFT[row["kind"]]) % {"name": row[name] or _("Noted by hand")}
        lines.append(_total(row, name=text, sign=-1))
    return lines


def _summed(found: QuerySet[Any], *by: str) -> Iterable[dict[str, Any]]:
    summed: Iterable[dict[str, Any]] = found.order_by(*by).values(*by).annotate(**_SUMS)
    return summed


def _total(row: dict[str, Any], *, name: str, sign: int = 1) -> Total:
    file = row.get("bank_file")
    return Total(
        name=name or _("Noted by hand"), url=str(file) if file else "", count=row["count"],
        paid=sign * row["paid"], fees=sign * row["fees"], credited=sign * row["credited"],
    )  # fmt: skip


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
    """Each payment of a day, then what left the account with amounts below zero, for a sheet."""
    for one in _for_sheet(credited_on(day)):
        yield _row(one, one.get_outcome_display(), one.occurred_on, one.credited_on)
    for one in _for_sheet(debited_on(day)):
        yield _row(one, one.get_kind_display(), one.debited_on, one.debited_on, sign=-1)


def _for_sheet(found: QuerySet[Any]) -> Iterator[Any]:
    named = found.order_by("agreement__name", "bank_file", "pk").annotate(
        agreement_name=F("agreement__name"), file_name=F("bank_file__name"),
        description=F("charge__description"),
    )  # fmt: skip
    rows: Iterator[Any] = named.iterator(chunk_size=1000)
    return rows


def _row(one: Any, outcome: str, paid_on: date, in_account_on: date, sign: int = 1) -> list[str]:
    amounts = (one.paid_cents, one.fee_cents, one.net_cents)
    return [
        one.agreement_name, one.file_name or _("Noted by hand"), one.number, one.description or "",
        outcome, f"{paid_on:%d/%m/%Y}", f"{in_account_on:%d/%m/%Y}",
        *(format_cents(sign * cents) for cents in amounts),
    ]  # fmt: skip
