"""Addresses of bank files, settlements and remessas."""

from django.urls import URLPattern, path

from portal.payments.views import returns

urlpatterns: list[URLPattern] = [
    path("equipe/retornos/", returns.bank_files, name="bank_files"),
    path("equipe/retornos/novo/", returns.bank_file_new, name="bank_file_new"),
    path("equipe/retornos/<int:pk>/", returns.bank_file, name="bank_file"),
    path("equipe/retornos/<int:pk>/linhas/", returns.bank_file_rows, name="bank_file_rows"),
    path(
        "equipe/retornos/<int:pk>/andamento/", returns.bank_file_progress,
        name="bank_file_progress",
    ),
    path("equipe/retornos/<int:pk>/lancar/", returns.bank_file_apply, name="bank_file_apply"),
    path("equipe/retornos/<int:pk>/desfazer/", returns.bank_file_undo, name="bank_file_undo"),
    path("equipe/retornos/<int:pk>/descartar/", returns.bank_file_discard, name="bank_file_discard"),
    path("equipe/retornos/<int:pk>/retomar/", returns.bank_file_go_on, name="bank_file_go_on"),
    path("equipe/retornos/<int:pk>/parar/", returns.bank_file_stop, name="bank_file_stop"),
]  # fmt: skip
