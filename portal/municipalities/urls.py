"""Addresses of the table of municipalities."""

from django.urls import path

from portal.municipalities import views

app_name = "municipalities"
urlpatterns = [path("municipios/", views.names, name="names")]
