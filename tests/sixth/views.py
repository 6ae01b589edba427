from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_safe

from portal.accounts.decorators import guests_welcome
from portal.accounts.models import Unit
from portal.accounts.scope import scope_of
from portal.accounts.visits import Visit
from portal.permissions import staff_required
from portal.sheets import parsers
from portal.sheets.columns import Column as Cell
from portal.sheets.columns import Kind
from portal.sheets.downloads import download
from portal.sheets.reading import read
from portal.ui.lists import Column, Export, list_page
from tests.sixth.forms import ImportForm, PassFilter
from tests.sixth.models import Pass

COLUMNS = [Column("plate", "Placa", ("plate", "pk")), Column("until", "Válido até")]
CELLS = [
    Cell("unidade", required=True),
    Cell("placa", required=True),
    Cell("validade", required=True, parse=parsers.day(), kind=Kind.DAY),
]


@require_safe
def passes(request: HttpRequest) -> HttpResponse:
    form = PassFilter(request.GET)
    page = list_page(
        request, form.apply(Pass.objects.visible_to(scope_of(request).user)), title="Credenciais",
        columns=COLUMNS, order=("plate", "pk"), form=form,
        exports=[Export("Lista (CSV)", "sixth:export", "download")],
    )  # fmt: skip
    return render(request, "sixth/list.html", {"page": page})


@require_safe
@guests_welcome
def one_pass(request: HttpRequest, pk: int, visit: Visit | None) -> HttpResponse:
    found = get_object_or_404(Pass.objects.visible_to(request.user, visit=visit), pk=pk)
    return render(request, "sixth/pass.html", {"pass": found})


@require_safe
def export(request: HttpRequest) -> HttpResponseBase:
    found = PassFilter(request.GET).apply(Pass.objects.visible_to(scope_of(request).user))
    rows = found.order_by("plate").values_list("unit__code", "plate", "until")
    return download(CELLS, rows, name="credenciais.csv")


@staff_required("sixth.add_pass")
def take_in(request: HttpRequest) -> HttpResponse:
    form = ImportForm(request.POST or None, request.FILES or None)
    if request.method == "POST" and form.is_valid():
        for row in read(form.cleaned_data["file"].file, CELLS):
            unit = Unit.objects.get(code=row.values["unidade"])
            Pass.objects.create(unit=unit, plate=row.values["placa"], until=row.values["validade"])
        messages.success(request, "Credenciais incluídas")
        return redirect("sixth:list")
    return render(request, "sixth/import.html", {"form": form})
