"""Addresses of clients."""

from django.urls import path

from orders.views import concluding, holders, lists, ordering, public, slips

_ORDER = "pedidos/<int:number>/"

urlpatterns = [
    path("servicos-online/", public.home, name="home"),
    path("servicos-online/entrar/", public.enter, name="enter"),
    path("servicos-online/senha/", public.recover, name="recover"),
    path("pedidos/", lists.orders, name="list"),
    path("pedidos/novo/", ordering.catalogue, name="new"),
    path("pedidos/novo/<int:product>/", ordering.new, name="new_product"),
    path(_ORDER, lists.services, name="services"),
    path(f"{_ORDER}detalhe/", lists.order, name="order"),
    path(f"{_ORDER}titular/", holders.holder, name="holder"),
    path(f"{_ORDER}emitir/", lists.issue, name="issue"),
    path(f"{_ORDER}pagador/", ordering.payer, name="payer"),
    path(f"{_ORDER}boletos/", slips.slips, name="slips"),
    path(f"{_ORDER}boletos/<int:slip>/", slips.slip, name="slip"),
    path(f"{_ORDER}concluir/", concluding.conclude, name="conclude"),
    path(f"{_ORDER}cancelar/", concluding.cancel, name="cancel"),
    path(f"{_ORDER}documentos/<int:document>/", concluding.document, name="document"),
]
