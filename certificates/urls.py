from django.urls import URLPattern, URLResolver, path

from certificates import views

app_name = "certificates"

urlpatterns: list[URLPattern | URLResolver] = [
    path("equipe/certificados/<int:pk>/ativar/", views.activate, name="activate"),
    path("equipe/certificados/<int:pk>/desativar/", views.deactivate, name="deactivate"),
]
