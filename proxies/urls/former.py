"""Addresses of what an office still holds for clients that it no longer serves."""

from django.urls import path

from proxies.views import former

urlpatterns = [
    path("escritorios/<int:office>/clientes-encerrados/", former.former, name="former"),
]
