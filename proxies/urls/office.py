"""Addresses of offices, their accesses and their clients."""

from django.urls import path

from proxies.views import proxy

_OFFICE = "escritorios/<int:office>/"
_PROXY = "procuracoes/<int:pk>/"

urlpatterns = [
    path(f"{_OFFICE}certificados/novo/", proxy.new, name="new"),
    path(_PROXY, proxy.proxy, name="proxy"),
    path(f"{_PROXY}alterar/", proxy.change, name="change"),
]
