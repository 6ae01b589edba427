"""A note's PDF as an answer, or the page that it cannot be made for now."""

from typing import Any

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect
from django.utils.http import content_disposition_header
from django.utils.translation import gettext as _

from orders.models import FiscalNote
from orders.services.note_files import file_name, pdf_of


def pdf_answer(
    request: HttpRequest, note: FiscalNote, *, back: str, args: list[Any]
) -> HttpResponseBase:
    """The PDF, shown in the browser; back with a message when it cannot be made now."""
    try:
        made = pdf_of(note)
    except FileNotFoundError:
        raise Http404 from None
    except ValidationError:
        messages.error(request, _("The PDF cannot be made just now. Try again, or take the XML."))
        return redirect(back, *args)
    response = HttpResponse(made, content_type="application/pdf")
    name = f"nfse-{file_name(note)}.pdf"
    response["Content-Disposition"] = str(content_disposition_header(False, name))
    response["Cache-Control"] = "private, no-store"
    return response
