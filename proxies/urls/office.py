"""Addresses of offices, their accesses and their clients."""

from django.urls import path

from proxies.views import acts, clients, lists, offices, proxy

_OFFICE = "escritorios/<int:office>/"
_PROXY = "procuracoes/<int:pk>/"

urlpatterns = [
    path("escritorios/", offices.offices, name="offices"),
    path(_OFFICE, offices.office, name="office"),
    path(f"{_OFFICE}certificados/", lists.proxies, name="list"),
    path(f"{_OFFICE}certificados.xlsx", lists.export_xlsx, name="export"),
    path(f"{_OFFICE}certificados.csv", lists.export_csv, name="export_csv"),
    path(f"{_OFFICE}certificados/novo/", proxy.new, name="new"),
    path(f"{_OFFICE}clientes/", clients.clients, name="clients"),
    path(f"{_OFFICE}clientes/novo/", clients.client_new, name="client_new"),
    path(f"{_OFFICE}clientes/<int:pk>/", clients.client, name="client"),
    path(f"{_OFFICE}clientes/<int:pk>/alterar/", clients.client_change, name="client_change"),
    path(f"{_OFFICE}clientes/<int:pk>/encerrar/", clients.client_end, name="client_end"),
    path(f"{_OFFICE}clientes/<int:pk>/retomar/", clients.client_again, name="client_again"),
    path(_PROXY, proxy.proxy, name="proxy"),
    path(f"{_PROXY}alterar/", proxy.change, name="change"),
    path(f"{_PROXY}conferida/", acts.confirm, name="confirm"),
    path(f"{_PROXY}vencida/", acts.expire, name="expire"),
    path(f"{_PROXY}recusada/", acts.refuse, name="refuse"),
    path(f"{_PROXY}liberar/", acts.release, name="release"),
    path(f"{_PROXY}desativar/", acts.revoke, name="revoke"),
    path(f"{_PROXY}reativar/", acts.reactivate, name="reactivate"),
    path(f"{_PROXY}destruir/", acts.destroy, name="destroy"),
    path("equipe/procuracoes/", lists.desk, name="desk"),
]
