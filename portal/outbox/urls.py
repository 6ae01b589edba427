from django.urls import URLPattern, URLResolver, path

from portal.outbox import views

app_name = "outbox"

urlpatterns: list[URLPattern | URLResolver] = [
    path("equipe/saida/", views.entries, name="list"),
    path("equipe/saida/perguntar/", views.ask_mail_server, name="ask_mail_server"),
    path("equipe/saida/<int:pk>/", views.entry, name="entry"),
    path("equipe/saida/<int:pk>/mensagem/", views.body, name="body"),
    path("equipe/saida/<int:pk>/links/", views.links, name="links"),
    path("equipe/saida/<int:pk>/cancelar/", views.cancel, name="cancel"),
    path("equipe/saida/<int:pk>/tentar/", views.retry, name="retry"),
]
