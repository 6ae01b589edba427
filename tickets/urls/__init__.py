"""Addresses of ``tickets``: those of clients under ``/os/``, those of agents under ``/equipe/os/``."""

from tickets.urls import agents, clients, queue

app_name = "tickets"

urlpatterns = [*queue.urlpatterns, *agents.urlpatterns, *clients.urlpatterns]
