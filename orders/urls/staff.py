"""Addresses of staff."""

from django.urls import URLPattern, path

from orders.views import acts, desk

_ORDER = "equipe/pedidos/<int:number>/"

urlpatterns: list[URLPattern] = [
    path("equipe/pedidos/", desk.desk, name="desk"),
    path("equipe/pedidos/pedidos.csv", desk.desk_csv, name="desk_csv"),
    path("equipe/pedidos/pedidos.xlsx", desk.desk_xlsx, name="desk_xlsx"),
    path(_ORDER, desk.desk_order, name="desk_order"),
    path(f"{_ORDER}documentos/", desk.add_document, name="desk_add_document"),
    path(f"{_ORDER}documentos/<int:pk>/", desk.desk_document, name="desk_document"),
    path(f"{_ORDER}autorizar/", acts.authorize, name="desk_authorize"),
    path(f"{_ORDER}pendencia/", acts.pend, name="desk_pend"),
    path(f"{_ORDER}retomar/", acts.resume, name="desk_resume"),
    path(f"{_ORDER}validar/", acts.validate, name="desk_validate"),
    path(f"{_ORDER}verificar/", acts.verify, name="desk_verify"),
    path(f"{_ORDER}devolver/", acts.send_back, name="desk_return"),
    path(f"{_ORDER}recusar/", acts.refuse, name="desk_refuse"),
    path(f"{_ORDER}cancelar/", acts.cancel, name="desk_cancel"),
    path(f"{_ORDER}reabrir/", acts.reopen, name="desk_reopen"),
    path(f"{_ORDER}restituir/", acts.refund, name="desk_refund"),
    path(f"{_ORDER}emissao/", acts.issuing, name="desk_issuing"),
    path(f"{_ORDER}emitido/", acts.issued, name="desk_issued"),
    path(f"{_ORDER}falha/", acts.failed, name="desk_failed"),
    path(f"{_ORDER}entregar/", acts.deliver, name="desk_deliver"),
    path(f"{_ORDER}revogar/", acts.revoke, name="desk_revoke"),
]
