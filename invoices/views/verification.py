"""Anyone may ask whether a document is genuine; nobody learns what it says."""

import segno
from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.cache import never_cache

from invoices.forms.verification import LARGEST, CodeForm, UploadForm
from invoices.services.verification import Upload, by_code, examine
from portal.accounts.limits import limited, too_many
from portal.bodies import takes_files
from portal.public_codes import clean_code, group_code


@takes_files(LARGEST)
@login_not_required
@never_cache
def verify(request: HttpRequest) -> HttpResponse:
    """By code or by file; the file is examined in memory and forgotten."""
    if request.method == "POST" and limited(request, "verify-document"):
        return too_many(request, "verify-document")
    code_form = CodeForm(request.GET if "codigo" in request.GET else None)
    if code_form.is_bound and code_form.is_valid():
        return redirect("invoices:verify_code", code_form.cleaned_data["codigo"])
    upload_form = UploadForm(request.POST or None, request.FILES or None)
    result = None
    if request.method == "POST" and upload_form.is_valid():
        result = _examined(upload_form)
    context = {"code_form": code_form, "upload_form": upload_form, "result": result}
    return render(request, "invoices/verify/verify.html", context)


def _examined(form: UploadForm) -> Upload | None:
    file, signature = form.cleaned_data["file"], form.cleaned_data["signature"]
    try:
        return examine(
            file.read(),
            name=file.name,
            is_pdf=form.is_pdf,
            p7s=signature.read() if signature else None,
            at=timezone.now(),
        )
    except ValidationError as error:
        form.add_error("signature" if signature else "file", error)
        return None


@login_not_required
@never_cache
def verify_code(request: HttpRequest, code: str) -> HttpResponse:
    """What the QR code of a document opens."""
    if limited(request, "verify-code"):
        return too_many(request, "verify-code")
    known = clean_code(code)
    if known and known != code:
        return redirect("invoices:verify_code", known)
    document = by_code(known, at=timezone.now()) if known else None
    if document is None:
        return render(request, "invoices/verify/unknown.html", {"code": code[:40]}, status=404)
    url = settings.BASE_URL + reverse("invoices:verify_code", args=[document.code])
    context = {"document": document, "code": group_code(document.code), "url": url, "qr": _qr(url)}
    return render(request, "invoices/verify/document.html", context)


def _qr(url: str) -> str:
    """The address as a QR code, to be printed: an SVG in a data URI."""
    return segno.make(url, error="m", micro=False).svg_data_uri(scale=4, border=2)
