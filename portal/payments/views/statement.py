"""The daily statement."""

from datetime import date, timedelta

from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from portal.money import format_brl
from portal.payments.forms.files import DayForm
from portal.payments.services.statement import COLUMNS, Total, export_rows, statement_of
from portal.permissions import staff_required
from portal.sheets.downloads import download

may_read = staff_required("payments.view_settlement")


@require_safe
@may_read
def statement(request: HttpRequest) -> HttpResponse:
    """What was credited on a day: by agreement, by file, and what does not fit."""
    form = DayForm(
        request.GET if "dia" in request.GET else None, initial={"dia": timezone.localdate()}
    )
    day = _day(form)
    found = statement_of(day)
    context = {
        "form": form, "day": day, "before": day - timedelta(days=1), "after": day + timedelta(days=1),
        "by_agreement": [_shown(total) for total in found.by_agreement],
        "by_file": [_shown(total) for total in found.by_file], "total": _shown(found.total),
        "differences": [{**one, "amount": format_brl(one["cents"])} for one in found.differences],
    }  # fmt: skip
    return render(request, "payments/statement/day.html", context)


def _day(form: DayForm) -> date:
    """The day asked for; today when it says none, or no day."""
    asked: date | None = form.cleaned_data["dia"] if form.is_bound and form.is_valid() else None
    return asked or timezone.localdate()


def _shown(total: Total) -> dict[str, object]:
    return {
        "name": total.name, "file": total.url, "count": total.count,
        "paid": format_brl(total.paid), "fees": format_brl(total.fees),
        "credited": format_brl(total.credited), "rest": format_brl(total.rest) if total.rest else "",
    }  # fmt: skip


@require_safe
@may_read
def statement_file(request: HttpRequest, extension: str) -> HttpResponseBase:
    """The payments of the day as a sheet."""
    day = _day(DayForm(request.GET))
    name = f"extrato-{day:%Y-%m-%d}.{extension}"
    return download(COLUMNS, export_rows(day), name=name, title=f"{day:%d-%m-%Y}")
