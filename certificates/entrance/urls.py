"""Addresses of ``entrance`` in the portal."""

from django.urls import URLPattern, URLResolver, path

from certificates.entrance import views

app_name = "entrance"

urlpatterns: list[URLPattern | URLResolver] = [
    path("entrar/certificado/", views.start, name="start"),
    path("entrar/certificado/ir/", views.begin, name="go"),
    path("entrar/certificado/volta/", views.return_from_entrance, name="return"),
    path("certificado-digital/", views.help_page, name="help"),
    path("certificado-digital/testar/", views.self_test, name="self_test"),
]
