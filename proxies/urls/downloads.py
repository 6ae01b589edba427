"""Addresses of files that the provider publishes for its clients."""

from django.urls import path

from proxies.views import downloads

urlpatterns = [
    path("baixar/", downloads.downloads, name="downloads"),
    path("baixar/<int:pk>/", downloads.download_file, name="download_file"),
    path("equipe/baixar/<int:pk>/", downloads.publish, name="publish"),
    path("equipe/baixar/versoes/<int:pk>/retirar/", downloads.withdraw, name="withdraw"),
]
