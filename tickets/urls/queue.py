"""Addresses of the agents' queues and of what hangs on them."""

from django.urls import path

from tickets.views import agent_settings, canned, queue, queue_bulk, queue_saved

urlpatterns = [
    path("equipe/os/", queue.queue, name="queue"),
    path("equipe/os/lista.csv", queue.queue_csv, name="queue_csv"),
    path("equipe/os/lista.xlsx", queue.queue_xlsx, name="queue_xlsx"),
    path("equipe/os/em-lote/", queue_bulk.act, name="bulk"),
    path("equipe/os/em-lote/resultado/", queue_bulk.done, name="bulk_done"),
    path("equipe/os/filas/", queue_saved.saved, name="saved_queues"),
    path("equipe/os/filas/nova/", queue_saved.save, name="save_queue"),
    path("equipe/os/filas/<int:pk>/", queue_saved.rename, name="saved_queue"),
    path("equipe/os/filas/<int:pk>/excluir/", queue_saved.delete, name="saved_queue_delete"),
    path("equipe/os/respostas-prontas/", canned.replies, name="canned"),
    path("equipe/os/respostas-prontas/nova/", canned.new, name="canned_new"),
    path("equipe/os/respostas-prontas/<int:pk>/", canned.change, name="canned_change"),
    path("equipe/os/respostas-prontas/<int:pk>/excluir/", canned.delete, name="canned_delete"),
    path("equipe/os/avisos/", agent_settings.agent_settings, name="agent_settings"),
]
