"""Addresses of fiscal notes, for clients and staff."""

from django.urls import URLPattern, path

from orders.views import client_notes, note_batches, notes

_STAFF = "equipe/notas-fiscais/"
_BATCH = f"{_STAFF}importacoes/<int:pk>/"

urlpatterns: list[URLPattern] = [
    path("pedidos/<int:number>/notas/", client_notes.notes, name="notes"),
    path("pedidos/<int:number>/notas/<int:note>/xml", client_notes.xml, name="note_xml"),
    path("pedidos/<int:number>/notas/<int:note>/pdf", client_notes.pdf, name="note_pdf"),
    path(
        "pedidos/<int:number>/notas/<int:note>/eventos/<int:event>/xml", client_notes.event_xml,
        name="note_event_xml",
    ),
    path(_STAFF, notes.fiscal_notes, name="fiscal_notes"),
    path(f"{_STAFF}<int:pk>/", notes.fiscal_note, name="fiscal_note"),
    path(f"{_STAFF}<int:pk>/xml/", notes.fiscal_note_xml, name="fiscal_note_xml"),
    path(f"{_STAFF}<int:pk>/pdf/", notes.fiscal_note_pdf, name="fiscal_note_pdf"),
    path(f"{_STAFF}<int:pk>/pedido/", notes.tie, name="note_tie"),
    path(f"{_STAFF}<int:pk>/desvincular/", notes.untie, name="note_untie"),
    path(f"{_STAFF}<int:pk>/separar/", notes.set_aside, name="note_set_aside"),
    path(f"{_STAFF}<int:pk>/retomar/", notes.bring_back, name="note_bring_back"),
    path(f"{_STAFF}eventos/", notes.events, name="note_events"),
    path(f"{_STAFF}eventos/<int:pk>/xml/", notes.event_xml, name="fiscal_note_event_xml"),
    path(f"{_STAFF}eventos/<int:pk>/descartar/", notes.discard_event, name="note_event_discard"),
    path(f"{_STAFF}importacoes/", note_batches.note_batches, name="note_batches"),
    path(f"{_STAFF}importacoes/nova/", note_batches.new, name="note_batch_new"),
    path(_BATCH, note_batches.note_batch, name="note_batch"),
    path(f"{_BATCH}andamento/", note_batches.progress, name="note_batch_progress"),
    path(f"{_BATCH}linhas/", note_batches.note_batch_rows, name="note_batch_rows"),
    path(f"{_BATCH}linhas/<int:line>/", note_batches.row, name="note_batch_row"),
    path(f"{_BATCH}aceitar/", note_batches.accept, name="note_batch_accept"),
    path(f"{_BATCH}importar/", note_batches.apply, name="note_batch_apply"),
    path(f"{_BATCH}desfazer/", note_batches.undo, name="note_batch_undo"),
    path(f"{_BATCH}descartar/", note_batches.discard, name="note_batch_discard"),
    path(f"{_BATCH}continuar/", note_batches.go_on, name="note_batch_go_on"),
    path(f"{_BATCH}parar/", note_batches.stop, name="note_batch_stop"),
]  # fmt: skip
