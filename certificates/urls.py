from django.urls import URLPattern, URLResolver, path

from certificates.views import signing

app_name = "certificates"

urlpatterns: list[URLPattern | URLResolver] = [
    path("equipe/certificados/<int:pk>/ativar/", signing.activate, name="activate"),
    path("equipe/certificados/<int:pk>/desativar/", signing.deactivate, name="deactivate"),
]
