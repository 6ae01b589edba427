"""Addresses of ``proxies``: offices under ``/escritorios/``, one access under ``/procuracoes/``."""

from proxies.urls import checks, downloads, former, imports, office, people, secrets

app_name = "proxies"

urlpatterns = [
    *office.urlpatterns, *secrets.urlpatterns, *checks.urlpatterns, *imports.urlpatterns,
    *people.urlpatterns, *downloads.urlpatterns, *former.urlpatterns,
]  # fmt: skip
