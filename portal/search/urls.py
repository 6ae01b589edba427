"""Addresses of ``search``."""

from django.urls import path

from portal.search import views

app_name = "search"

urlpatterns = [path("busca/", views.results, name="results")]
