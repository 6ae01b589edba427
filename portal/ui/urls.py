from django.urls import path

from portal.ui import views

app_name = "ui"

urlpatterns = [
    path("painel/", views.dashboard, name="dashboard"),
    path("equipe/envio-permitido/", views.may_send, name="may_send"),
    path("erro/arquivo-grande/", views.too_large, name="too_large"),
]
