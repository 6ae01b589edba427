"""Addresses of the import of accesses from a spreadsheet."""

from django.urls import path, re_path

from proxies.views import imports

_ONE = "escritorios/importacoes/<int:pk>/"

urlpatterns = [
    path("escritorios/<int:office>/importar/", imports.batches, name="batches"),
    path("escritorios/<int:office>/importar/nova/", imports.new_batch, name="new_batch"),
    re_path(
        r"^escritorios/(?P<office>[0-9]{1,18})/importar/modelo\.(?P<extension>csv|xlsx)$",
        imports.batch_template, name="batch_template",
    ),
    path(_ONE, imports.batch, name="batch"),
    path(f"{_ONE}andamento/", imports.batch_progress, name="batch_progress"),
    path(f"{_ONE}linhas/", imports.batch_rows, name="batch_rows"),
    path(f"{_ONE}erros.csv", imports.batch_errors, name="batch_errors"),
    path(f"{_ONE}cadastrar/", imports.batch_apply, name="batch_apply"),
    path(f"{_ONE}desfazer/", imports.batch_undo, name="batch_undo"),
    path(f"{_ONE}descartar/", imports.batch_discard, name="batch_discard"),
    path(f"{_ONE}continuar/", imports.batch_go_on, name="batch_go_on"),
    path(f"{_ONE}parar/", imports.batch_stop, name="batch_stop"),
]  # fmt: skip
