"""Addresses of clients."""

from django.urls import path

from orders.views import concluding, holders, lists, ordering, public, renewals, slips

_ORDER = "pedidos/<int:number>/"
_ISSUE = f"{_ORDER}emitir/"

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
    path(_ISSUE, renewals.issue, name="issue"),
    path(f"{_ISSUE}confirmar/", renewals.confirm, name="renewal_confirm"),
    path(f"{_ISSUE}pedido.json", renewals.record, name="renewal_record"),
    path(f"{_ISSUE}assinatura/", renewals.sign, name="renewal_sign"),
    path(f"{_ISSUE}presencial/", renewals.in_person, name="renewal_in_person"),
    path(f"{_ISSUE}codigo/", renewals.ask_code, name="emission_code"),
    path(f"{_ISSUE}requisicao/", renewals.send_request, name="emission_request"),
    path(f"{_ISSUE}estado/", renewals.state, name="emission_state"),
    path(f"{_ISSUE}guardado/", renewals.done, name="emission_done"),
    path(f"{_ISSUE}certificado.<str:extension>", renewals.certificate, name="emission_certificate"),
    path(f"{_ORDER}pagador/", ordering.payer, name="payer"),
    path(f"{_ORDER}boletos/", slips.slips, name="slips"),
    path(f"{_ORDER}boletos/<int:slip>/", slips.slip, name="slip"),
    path(f"{_ORDER}concluir/", concluding.conclude, name="conclude"),
    path(f"{_ORDER}cancelar/", concluding.cancel, name="cancel"),
    path(f"{_ORDER}documentos/<int:document>/", concluding.document, name="document"),
]
