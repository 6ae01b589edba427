"""The security code, under the names that django-simple-captcha reverses."""

from django.urls import path

from portal.accounts.views import codes

urlpatterns = [
    path("imagem/<slug:key>/", codes.image, name="captcha-image"),
    path("imagem/<slug:key>@2/", codes.image, {"scale": 2}, name="captcha-image-2x"),
    path("som/<slug:key>.wav", codes.sound, name="captcha-audio"),
    path("outra/", codes.refresh, name="captcha-refresh"),
]
