from django.urls import URLPattern, URLResolver

app_name = "site"

urlpatterns: list[URLPattern | URLResolver] = []
