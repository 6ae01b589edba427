"""Addresses of ``tickets``: those of clients under ``/os/``, those of agents under ``/equipe/os/``."""

from tickets.urls import agents, clients

app_name = "tickets"

urlpatterns = [*agents.urlpatterns, *clients.urlpatterns]
