"""Files that leave: a document, its signature, a page as a picture, a whole list."""

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import Http404, HttpRequest, HttpResponse, StreamingHttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.cache import patch_cache_control
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from invoices.forms.filters import DocumentFilter
from invoices.models import DocumentEvent, DocumentType
from invoices.models.documents import DocumentQuerySet
from invoices.services import export
from invoices.services.history import note
from invoices.services.preview import NoPreviewError, render_page
from invoices.views.requests import fetch, scope_for
from invoices.views.rows import INLINE_TYPES
from portal.accounts.scope import scope_of
from portal.files.services import serve
from portal.sheets.downloads import attachment, download


@require_safe
def open_inline(request: HttpRequest, pk: int) -> HttpResponseBase:
    """ "Abrir" and "Imprimir": a PDF in the browser; what a browser cannot show is saved."""
    return _file(request, pk, DocumentEvent.Kind.OPENED, inline=True)


@require_safe
def save(request: HttpRequest, pk: int) -> HttpResponseBase:
    """ "Salvar"."""
    return _file(request, pk, DocumentEvent.Kind.DOWNLOADED, inline=False)


def _file(request: HttpRequest, pk: int, kind: str, *, inline: bool) -> HttpResponseBase:
    now = timezone.now()
    found = fetch(request, pk, now)
    response = serve(
        request, found.file_key, name=found.download_name, content_type=found.content_type,
        inline=inline and found.content_type in INLINE_TYPES, sha256=found.sha256, size=found.size,
    )  # fmt: skip
    if request.method == "GET" and response.status_code < 400:
        note(found, kind, scope_of(request).user, now)
    return response


@require_safe
def signature(request: HttpRequest, pk: int) -> HttpResponseBase:
    """The detached signature of what is not a PDF."""
    found = fetch(request, pk, timezone.now())
    if not found.signature_key:
        raise Http404
    return serve(
        request, found.signature_key, name=f"{found.download_name}.p7s",
        content_type="application/pkcs7-signature", inline=False,
    )  # fmt: skip


@require_safe
def preview(request: HttpRequest, pk: int, page: int) -> HttpResponse:
    """One page as a picture; kept by nobody."""
    found = fetch(request, pk, timezone.now())
    try:
        picture = render_page(found, page)
    except NoPreviewError as problem:
        raise Http404 from problem
    response = HttpResponse(picture, content_type="image/webp")
    patch_cache_control(response, private=True, no_store=True)
    return response


@require_safe
def export_zip(request: HttpRequest) -> HttpResponseBase:
    """All documents of the selection, made while they are sent."""
    try:
        packed = export.documents_to_pack(_selected(request))
    except ValidationError as problem:
        return _back(request, problem)
    pack = iter(export.Pack(packed, scope_of(request).user, timezone.now()))
    response = StreamingHttpResponse(pack, content_type="application/zip")
    return attachment(response, _name(request, "zip"))


@require_safe
def export_csv(request: HttpRequest) -> HttpResponseBase:
    return _list(request, "csv")


@require_safe
def export_xlsx(request: HttpRequest) -> HttpResponseBase:
    return _list(request, "xlsx")


def _list(request: HttpRequest, extension: str) -> HttpResponseBase:
    try:
        documents = _selected(request)
        export.check_rows(documents)
    except ValidationError as problem:
        return _back(request, problem)
    rows, name = export.rows_of(documents), _name(request, extension)
    return download(export.COLUMNS, rows, name=name, title=_("Documents"))


def _selected(request: HttpRequest) -> DocumentQuerySet:
    """The documents that the list with the same address shows. ValidationError for a wrong one."""
    form = DocumentFilter(request.GET, scope=scope_for(request), kind=_kind(request))
    if not form.is_valid():
        raise ValidationError([error for errors in form.errors.values() for error in errors])
    return form.documents()


def _kind(request: HttpRequest) -> str:
    is_report = request.GET.get("kind") == DocumentType.Kind.REPORT
    return DocumentType.Kind.REPORT if is_report else DocumentType.Kind.INVOICE


def _name(request: HttpRequest, extension: str) -> str:
    stem = "relatorios" if _kind(request) == DocumentType.Kind.REPORT else "faturas"
    return f"{stem}_{timezone.localdate():%Y-%m-%d}.{extension}"


def _back(request: HttpRequest, problem: ValidationError) -> HttpResponseBase:
    """To the list, with what was wrong; the filter stays."""
    for text in problem.messages:
        messages.error(request, text)
    values = request.GET.copy()
    values.pop("kind", None)
    is_report = _kind(request) == DocumentType.Kind.REPORT
    name = "invoices:reports" if is_report else "invoices:list"
    return redirect(reverse(name, query=values))
