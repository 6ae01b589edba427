"""Addresses of appointments, for clients and staff."""

from django.urls import path

from orders.views import agenda, appointments

_ORDER, _AGENDA = "pedidos/<int:number>/agendamento/", "equipe/agenda/"

urlpatterns = [
    path(_ORDER, appointments.appointment, name="appointment"),
    path(f"{_ORDER}remarcar/", appointments.move, name="appointment_move"),
    path(f"{_ORDER}reservar/", appointments.hold, name="appointment_hold"),
    path(f"{_ORDER}confirmar/", appointments.confirm, name="appointment_confirm"),
    path(f"{_ORDER}desistir/", appointments.release, name="appointment_release"),
    path(f"{_ORDER}cancelar/", appointments.cancel, name="appointment_cancel"),
    path(f"{_ORDER}convite.ics", appointments.download, name="appointment_ics"),
    path("agendamento/cancelar/<str:token>/", appointments.cancel_by_link, name="appointment_link"),
    path(_AGENDA, agenda.agenda, name="agenda"),
    path(f"{_AGENDA}imprimir/", agenda.print_day, name="agenda_print"),
    path(f"{_AGENDA}pendentes/", agenda.to_move, name="agenda_to_move"),
    path(f"{_AGENDA}marcar/<int:number>/", agenda.book, name="agenda_book"),
    path(f"{_AGENDA}<int:pk>/chegou/", agenda.arrived, name="agenda_arrived"),
    path(f"{_AGENDA}<int:pk>/voltar/", agenda.back, name="agenda_back"),
    path(f"{_AGENDA}<int:pk>/encerrar/", agenda.finish, name="agenda_finish"),
    path(f"{_AGENDA}<int:pk>/faltou/", agenda.missed, name="agenda_missed"),
    path(f"{_AGENDA}<int:pk>/remarcar/", agenda.move, name="agenda_move"),
    path(f"{_AGENDA}<int:pk>/cancelar/", agenda.cancel, name="agenda_cancel"),
]
