"""Addresses of what is sealed: shown, copied, former values, who saw what."""

from django.urls import path

from proxies.views import disclosures, reveal, versions

urlpatterns = [
    path("procuracoes/<int:pk>/mostrar/", reveal.reveal, name="reveal"),
    path("procuracoes/<int:pk>/copiar/", reveal.copy, name="copy"),
    path("procuracoes/<int:pk>/codigo/", reveal.code, name="code"),
    path("procuracoes/<int:pk>/anteriores/", versions.versions, name="versions"),
    path("escritorios/<int:office>/quem-viu/", disclosures.disclosures, name="disclosures"),
    path("escritorios/<int:office>/quem-viu.csv", disclosures.disclosures_csv, name="disclosures_csv"),
    path("escritorios/<int:office>/quem-viu.xlsx", disclosures.disclosures_xlsx, name="disclosures_xlsx"),
    path("escritorios/<int:office>/quem-viu/sairam/", disclosures.left, name="left"),
]  # fmt: skip
