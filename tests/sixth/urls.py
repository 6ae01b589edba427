from django.urls import path

from tests.sixth import views

app_name = "sixth"
urlpatterns = [
    path("credenciais/", views.passes, name="list"),
    path("credenciais/lista.csv", views.export, name="export"),
    path("credenciais/<int:pk>/", views.one_pass, name="pass"),
    path("equipe/credenciais/", views.take_in, name="import"),
]
