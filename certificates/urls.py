from django.urls import URLPattern, URLResolver, path

from certificates.views import known, signing

app_name = "certificates"

urlpatterns: list[URLPattern | URLResolver] = [
    path("certificados/", known.certificate_list, name="list"),
    path("certificados/acompanhar/", known.upload, name="upload"),
    path("certificados/<int:pk>/", known.certificate, name="known"),
    path("certificados/<int:pk>/certificado.cer", known.download, name="download"),
    path("certificados/<int:pk>/parar/", known.unwatch, name="unwatch"),
    path("certificados/<int:pk>/retomar/", known.watch_again, name="watch_again"),
    path("equipe/certificados/<int:pk>/ativar/", signing.activate, name="activate"),
    path("equipe/certificados/<int:pk>/desativar/", signing.deactivate, name="deactivate"),
]
