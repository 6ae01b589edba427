"""Addresses of clients and guests."""

from django.urls import path

from tickets.views import lists, prints, public, thread

urlpatterns = [
    path("os/", public.home, name="home"),
    path("os/consultar/", public.ask_status, name="status"),
    path("os/consultar/enviado/", public.status_sent, name="status_sent"),
    path("os/abrir/", public.choose_topic, name="open"),
    path("os/abrir/<int:topic>/", public.open_order, name="open_topic"),
    path("os/abrir/enviada/", public.confirmation_sent, name="confirmation_sent"),
    path("os/confirmar/<str:token>/", public.confirm, name="confirm"),
    path("os/minhas/", lists.orders, name="list"),
    path("os/<str:number>/", thread.order, name="ticket"),
    path("os/<str:number>/responder/", thread.reply, name="reply"),
    path("os/<str:number>/participantes/", thread.participants, name="participants"),
    path("os/<str:number>/resolvida/", thread.solved, name="solved"),
    path("os/<str:number>/avaliar/", thread.rate, name="rate"),
    path("os/<str:number>/imprimir/", prints.page, name="print"),
    path("os/<str:number>/os.pdf", prints.pdf, name="pdf"),
    path("os/<str:number>/anexo/<int:pk>/", thread.attachment, name="attachment"),
]
