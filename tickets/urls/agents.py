"""Addresses of agents."""

from django.urls import path

from tickets.views import acts, desk, mails, people, phone, reports, writing

CSV, XLSX = {"extension": "csv"}, {"extension": "xlsx"}

urlpatterns = [
    path("equipe/os/relatorios/", reports.reports, name="reports"),
    path("equipe/os/relatorios/numeros.csv", reports.figures, CSV, name="report_figures_csv"),
    path("equipe/os/relatorios/numeros.xlsx", reports.figures, XLSX, name="report_figures_xlsx"),
    path("equipe/os/relatorios/ordens.csv", reports.orders, CSV, name="report_orders_csv"),
    path("equipe/os/relatorios/ordens.xlsx", reports.orders, XLSX, name="report_orders_xlsx"),
    path("equipe/os/correio/", mails.mails, name="mails"),
    path("equipe/os/correio/<int:pk>/", mails.mail, name="mail"),
    path("equipe/os/correio/<int:pk>/original.eml", mails.mail_raw, name="mail_raw"),
    path("equipe/os/correio/<int:pk>/tentar/", mails.mail_retry, name="mail_retry"),
    path("equipe/os/correio/<int:pk>/descartar/", mails.mail_discard, name="mail_discard"),
    path("equipe/os/nova/", phone.new, name="desk_new"),
    path("equipe/os/nova/registrada/", phone.registered, name="desk_registered"),
    path("equipe/os/<str:number>/", desk.order, name="desk_ticket"),
    path("equipe/os/<str:number>/responder/", writing.reply, name="desk_reply"),
    path("equipe/os/<str:number>/nota/", writing.note, name="desk_note"),
    path("equipe/os/<str:number>/rascunho/", writing.draft, name="desk_draft"),
    path("equipe/os/<str:number>/presenca/", writing.here, name="desk_presence"),
    path("equipe/os/<str:number>/atribuir/", acts.assign, name="desk_assign"),
    path("equipe/os/<str:number>/transferir/", acts.transfer, name="desk_transfer"),
    path("equipe/os/<str:number>/prioridade/", acts.priority, name="desk_priority"),
    path("equipe/os/<str:number>/campos/", acts.fields, name="desk_fields"),
    path("equipe/os/<str:number>/encerrar/", acts.close, name="desk_close"),
    path("equipe/os/<str:number>/reabrir/", acts.reopen, name="desk_reopen"),
    path("equipe/os/<str:number>/spam/", acts.spam, name="desk_spam"),
    path("equipe/os/<str:number>/nao-e-spam/", acts.not_spam, name="desk_not_spam"),
    path("equipe/os/<str:number>/unir/", acts.merge, name="desk_merge"),
    path("equipe/os/<str:number>/retida/<int:pk>/aceitar/", acts.take_in, name="desk_accept"),
    path("equipe/os/<str:number>/retida/<int:pk>/descartar/", acts.discard, name="desk_discard"),
    path("equipe/os/<str:number>/pessoas/", people.add, name="desk_people"),
    path("equipe/os/<str:number>/pessoas/<int:pk>/sair/", people.remove, name="desk_people_remove"),
    path("equipe/os/<str:number>/pessoas/<int:pk>/email/", people.email, name="desk_email"),
]
