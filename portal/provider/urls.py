from django.urls import path

from portal.provider import health, views

app_name = "site"

urlpatterns = [
    path("", views.home, name="home"),
    path("fale-conosco/", views.contact, name="contact"),
    path("acessibilidade/", views.accessibility, name="accessibility"),
    path("privacidade/", views.privacy, name="privacy"),
    path("mapa-do-site/", views.site_map, name="map"),
    path("equipe/primeiros-passos/", views.first_steps, name="first_steps"),
    path("aparencia/cores.css", views.accent, name="accent"),
    path("aparencia/logotipo", views.logo, name="logo"),
    path("saude/vivo", health.alive, name="alive"),
    path("saude/pronto", health.ready, name="ready"),
    path("favicon.ico", views.favicon, name="favicon"),
    path("robots.txt", views.robots, name="robots"),
    path(".well-known/security.txt", views.security_txt, name="security_txt"),
]
