"""Addresses of ``orders``: those of clients under ``/pedidos/``, those of staff under ``/equipe/``."""

from orders.urls import agenda, clients, notes, staff

app_name = "orders"

urlpatterns = [
    *agenda.urlpatterns, *notes.urlpatterns, *staff.urlpatterns, *clients.urlpatterns,
]  # fmt: skip
