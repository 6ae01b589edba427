"""Addresses of ``payments``, all of them for staff."""

from portal.payments.urls import charges, files

app_name = "payments"

urlpatterns = [*files.urlpatterns, *charges.urlpatterns]
