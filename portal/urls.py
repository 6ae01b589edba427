"""Addresses: those of each desk (``Desk.urls``), and the portal's own."""

from django.contrib import admin
from django.contrib.auth.decorators import login_not_required
from django.urls import include, path
from django.views.i18n import set_language

from portal import desks

urlpatterns = [
    *(path("", include(desk.urls)) for desk in desks.registered() if desk.urls),
    path("", include("portal.ui.urls")),
    path("codigo/", include("portal.accounts.urls.codes")),
    path("idioma/", login_not_required(set_language), name="set_language"),
    path("admin/", admin.site.urls),
]

handler400 = "portal.ui.views.bad_request"
handler403 = "portal.ui.views.forbidden"
handler404 = "portal.ui.views.not_found"
handler429 = "portal.accounts.limits.too_many_for_allauth"
handler500 = "portal.ui.views.server_error"
