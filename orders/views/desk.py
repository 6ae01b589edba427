"""The order desk: the list, the same as a file, an order's page, and its dossier."""

from typing import Any

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST, require_safe

from orders.forms.desk import DocumentForm, OrderFilter
from orders.models import Order, Renewal
from orders.models.orders import EXPORT, VALIDATE, VIEW
from orders.services import dossier, figures, order_sheet, payment
from orders.services.finding import NEWEST
from orders.services.life import NotPossible
from orders.services.uploads import store_file
from orders.views.attached import keep_file, take_up
from orders.views.blocks import blocks_of
from orders.views.offered import offered_to
from portal.accounts.scope import scope_of
from portal.files.services import serve
from portal.money import format_brl
from portal.permissions import may_work, staff_required
from portal.sheets.downloads import download
from portal.taxid import format_tax_id
from portal.ui.lists import Column, Export, list_page

COLUMNS = [
    Column("number", gettext_lazy("Number")),
    Column("requested", gettext_lazy("Requested at"), ("requested_at", "pk")),
    Column("holder", gettext_lazy("Holder")),
    Column("product", gettext_lazy("Product")),
    Column("status", gettext_lazy("Status")),
    Column("since", gettext_lazy("Since")),
]
EXPORTS = [
    Export(gettext_lazy("List as CSV"), "orders:desk_csv", "file-earmark-text"),
    Export(gettext_lazy("List as XLSX"), "orders:desk_xlsx", "file-earmark-spreadsheet"),
]


@staff_required(VIEW)
@require_safe
def desk(request: HttpRequest) -> HttpResponse:
    visible, now = Order.objects.visible_to(scope_of(request).user), timezone.now()
    form = OrderFilter(request.GET)
    totals = figures.totals_of(visible, at=now)
    page = list_page(
        request, form.apply(visible, at=now), title=_("Certificate orders"), columns=COLUMNS,
        order=NEWEST, form=form, exports=EXPORTS if may_work(request, EXPORT) else (),
        figures=totals.figures_of(form.asked), parts=form.parts,
    )  # fmt: skip
    context = {"page": page, "now": now, "totals": totals, "asked": request.GET.dict()}
    return render(request, "orders/desk/list.html", context)


@staff_required(VIEW, EXPORT)
@require_safe
def desk_csv(request: HttpRequest) -> HttpResponseBase:
    return _sheet(request, "csv")


@staff_required(VIEW, EXPORT)
@require_safe
def desk_xlsx(request: HttpRequest) -> HttpResponseBase:
    return _sheet(request, "xlsx")


def _sheet(request: HttpRequest, extension: str) -> HttpResponseBase:
    """The list of the same address as a file; what is wrong with it is said on the list."""
    form = OrderFilter(request.GET)
    found = form.apply(Order.objects.visible_to(scope_of(request).user), at=timezone.now())
    try:
        if not form.is_valid():
            raise ValidationError([text for texts in form.errors.values() for text in texts])
        count = order_sheet.checked_count(found)
    except ValidationError as problem:
        messages.error(request, " ".join(problem.messages))
        return redirect(reverse("orders:desk", query=request.GET))
    if request.method == "GET":
        order_sheet.note_export(request, rows=count, extension=extension)
    name = f"pedidos_{timezone.localdate():%Y-%m-%d}.{extension}"
    rows = order_sheet.rows_of(found.order_by(*NEWEST))
    return download(order_sheet.COLUMNS, rows, name=name, title=_("Certificate orders"))


@staff_required(VIEW)
@require_safe
def desk_order(request: HttpRequest, number: int) -> HttpResponse:
    return show(request, order_of(request, number))


def show(
    request: HttpRequest, order: Order, *, form: DocumentForm | None = None, status: int = 200
) -> HttpResponse:
    """The order's page; ``form``: what was filled in wrongly."""
    user = scope_of(request).user
    offered = offered_to(order, user)
    context: dict[str, Any] = {
        "order": order, "main_acts": [act for act in offered if act.is_main],
        "more_acts": [act for act in offered if not act.is_main],
        "documents": order.documents.select_related("added_by"),
        "pendencies": order.pendencies.select_related("asked_by"),
        "events": order.events.select_related("user").order_by("-at", "-pk"),
        "form": form or DocumentForm(),
        "takes_documents": order.status in dossier.TAKES and may_work(request, VALIDATE),
        "shown": _shown(order), "payment_text": payment.in_words(order),
        "is_validator": order.validated_by_id == user.pk, "blocks": blocks_of(request, order),
    }  # fmt: skip
    return render(request, "orders/desk/order.html", context, status=status)


def _shown(order: Order) -> dict[str, str]:
    """Amounts and numbers as people read them."""
    numbers = {
        "cpf": order.holder_cpf, "cnpj": order.company_cnpj, "responsible": order.responsible_cpf,
        "payer": order.payer.tax_id if order.payer else "",
    }  # fmt: skip
    return {
        "price": format_brl(order.price_cents),
        **{name: format_tax_id(number) if number else "" for name, number in numbers.items()},
    }


@staff_required(VIEW, VALIDATE)
@require_POST
def add_document(request: HttpRequest, number: int) -> HttpResponse:
    """A document that the agent scanned or was given."""
    order, form = order_of(request, number), DocumentForm(request.POST, request.FILES)
    take_up(request, order, form)
    if not form.is_valid():
        keep_file(request, form)
        return show(request, order, form=form, status=422)
    file = store_file(form.cleaned_data["file"])
    new = dossier.NewDocument(kind=form.cleaned_data["kind"], name=file.name, stored=file.stored)
    try:
        dossier.add_document(order, new, by=scope_of(request).user, at=timezone.now())
    except NotPossible as error:
        messages.error(request, str(error))
    else:
        messages.success(request, _("The document is in the dossier."))
    return redirect(order.desk_url)


@staff_required(VIEW)
@require_safe
def desk_document(request: HttpRequest, number: int, pk: int) -> HttpResponseBase:
    """A file of the dossier; 404 once it was removed."""
    documents = order_of(request, number).documents.exclude(file_key="")
    file = get_object_or_404(documents, pk=pk)
    return serve(
        request, file.file_key, name=file.name, content_type=file.content_type, inline=True,
        sha256=file.sha256, size=file.size,
    )  # fmt: skip


@staff_required(VIEW)
@require_safe
def desk_renewal_file(request: HttpRequest, number: int, name: str) -> HttpResponse:
    """What proves that a renewal was confirmed: the request, and its signature."""
    renewal = get_object_or_404(Renewal, order=order_of(request, number))
    found = {"pedido.json": renewal.record, "assinatura.p7s": renewal.signature}.get(name)
    if not found:
        raise Http404
    kind = "application/json" if name.endswith("json") else "application/pkcs7-signature"
    response = HttpResponse(bytes(found), content_type=kind)
    response["Content-Disposition"] = f'attachment; filename="{number}-{name}"'
    return response


def order_of(request: HttpRequest, number: int) -> Order:
    """The order with this number, with all that its page shows; 404 for who may not see it."""
    visible = Order.objects.visible_to(scope_of(request).user)
    parts = (
        "product", "payer", "charge", "company", "holder", "responsible", "validated_by",
        "verified_by", "refunded_by", "created_by",
    )  # fmt: skip
    return get_object_or_404(visible.select_related(*parts), number=number)
