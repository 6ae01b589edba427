"""Addresses of staff."""

from django.urls import URLPattern, path, re_path

from orders.views import acts, batches, desk, holders, new

_ORDER = "equipe/pedidos/<int:number>/"
_BATCH = "equipe/pedidos/lotes/<int:pk>/"

urlpatterns: list[URLPattern] = [
    path("equipe/pedidos/", desk.desk, name="desk"),
    path("equipe/pedidos/pedidos.csv", desk.desk_csv, name="desk_csv"),
    path("equipe/pedidos/pedidos.xlsx", desk.desk_xlsx, name="desk_xlsx"),
    path("equipe/pedidos/novo/", new.desk_new, name="desk_new"),
    path("equipe/pedidos/lotes/", batches.batches, name="batches"),
    path("equipe/pedidos/lotes/novo/", batches.batch_new, name="batch_new"),
    re_path(
        r"^equipe/pedidos/lotes/modelo\.(?P<extension>csv|xlsx)$",
        batches.batch_template,
        name="batch_template",
    ),
    path(_BATCH, batches.batch, name="batch"),
    path(f"{_BATCH}andamento/", batches.batch_progress, name="batch_progress"),
    path(f"{_BATCH}linhas/", batches.batch_rows, name="batch_rows"),
    path(f"{_BATCH}erros.csv", batches.batch_errors, name="batch_errors"),
    path(f"{_BATCH}importar/", batches.batch_apply, name="batch_apply"),
    path(f"{_BATCH}desfazer/", batches.batch_undo, name="batch_undo"),
    path(f"{_BATCH}descartar/", batches.batch_discard, name="batch_discard"),
    path(f"{_BATCH}continuar/", batches.batch_go_on, name="batch_go_on"),
    path(f"{_BATCH}parar/", batches.batch_stop, name="batch_stop"),
    path(_ORDER, desk.desk_order, name="desk_order"),
    path(f"{_ORDER}documentos/", desk.add_document, name="desk_add_document"),
    path(f"{_ORDER}documentos/<int:pk>/", desk.desk_document, name="desk_document"),
    path(f"{_ORDER}renovacao/<str:name>", desk.desk_renewal_file, name="desk_renewal_file"),
    path(f"{_ORDER}codigo/", acts.code, name="desk_code"),
    path(f"{_ORDER}titular/", holders.desk_holder, name="desk_holder"),
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
