"""Lists and templates as CSV or XLSX files to take along."""

from collections.abc import Iterable, Sequence
from tempfile import SpooledTemporaryFile

from django.http import FileResponse, HttpResponse, StreamingHttpResponse
from django.http.response import HttpResponseBase
from django.utils.cache import patch_cache_control
from django.utils.http import content_disposition_header

from portal.sheets.columns import Column
from portal.sheets.writing import CSV_TYPE, XLSX_TYPE, Values, template, write_csv, write_xlsx

_IN_MEMORY = 1024**2


def download(
    columns: Sequence[Column], rows: Iterable[Values], *, name: str, title: str = ""
) -> HttpResponseBase:
    """The rows as a file of that name, ``….csv`` or ``….xlsx``, kept by nobody.

    A CSV file is made while it is sent, an XLSX file on disk first.
    """
    if name.endswith(".csv"):
        return attachment(
            StreamingHttpResponse(write_csv(columns, rows), content_type=CSV_TYPE), name
        )
    # Closed by the response once it is sent.
    output = SpooledTemporaryFile(max_size=_IN_MEMORY)  # noqa: SIM115
    write_xlsx(columns, rows, output, title=title)
    output.seek(0)
    return attachment(FileResponse(output, content_type=XLSX_TYPE), name)


def download_template(
    columns: Sequence[Column], examples: Iterable[Values], *, name: str
) -> HttpResponse:
    """A file to fill in: the columns' headers and some rows of text."""
    extension = name.rpartition(".")[2]
    kind = CSV_TYPE if extension == "csv" else XLSX_TYPE
    response = HttpResponse(template(columns, examples, extension), content_type=kind)
    response["Content-Disposition"] = content_disposition_header(True, name)
    return response


def attachment(response: HttpResponseBase, name: str) -> HttpResponseBase:
    """The response as a file to save, that neither browser nor proxy keeps."""
    response["Content-Disposition"] = content_disposition_header(True, name)
    response["X-Content-Type-Options"] = "nosniff"
    patch_cache_control(response, private=True, no_store=True)
    return response
