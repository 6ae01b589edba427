"""The purge report's addresses: staff only."""

from django.urls import URLPattern, path

from invoices.views import purge

urlpatterns: list[URLPattern] = [
    path("equipe/expurgo/", purge.purge_runs, name="purge_runs"),
    path("equipe/expurgo/<int:pk>/", purge.purge_run, name="purge_run"),
    path("equipe/expurgo/<int:pk>/csv/", purge.purge_run_csv, name="purge_run_csv"),
]
