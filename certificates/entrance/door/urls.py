"""Addresses of the entrance: two pages, the provider's colours and logo, a health check."""

from django.urls import path

from certificates.entrance.door import views
from portal.provider.health import alive
from portal.provider.views import accent, logo

urlpatterns = [
    path("entrar/", views.enter, name="door_enter"),
    path("teste/", views.self_test, name="door_self_test"),
    path("aparencia/cores.css", accent, name="door_accent"),
    path("aparencia/logotipo", logo, name="door_logo"),
    path("saude/vivo", alive, name="door_alive"),
]

handler400 = "certificates.entrance.door.views.not_found"
handler403 = "certificates.entrance.door.views.not_found"
handler404 = "certificates.entrance.door.views.not_found"
handler500 = "certificates.entrance.door.views.server_error"
