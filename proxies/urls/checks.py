"""Addresses of checks: whether an access still opens."""

from django.urls import path

from proxies.views import checks

urlpatterns = [
    path("procuracoes/<int:pk>/verificar/", checks.check, name="check"),
    path("procuracoes/<int:pk>/verificacoes/parar/", checks.stop, name="stop_checks"),
    path("procuracoes/<int:pk>/verificacoes/", checks.checks, name="checks"),
]
