"""Addresses of appointments, for clients and staff."""

from django.urls import path

from orders.views import appointments

_ORDER = "pedidos/<int:number>/agendamento/"

urlpatterns = [
    path(_ORDER, appointments.appointment, name="appointment"),
    path(f"{_ORDER}remarcar/", appointments.move, name="appointment_move"),
    path(f"{_ORDER}reservar/", appointments.hold, name="appointment_hold"),
    path(f"{_ORDER}confirmar/", appointments.confirm, name="appointment_confirm"),
    path(f"{_ORDER}desistir/", appointments.release, name="appointment_release"),
    path(f"{_ORDER}cancelar/", appointments.cancel, name="appointment_cancel"),
    path(f"{_ORDER}convite.ics", appointments.download, name="appointment_ics"),
    path("agendamento/cancelar/<str:token>/", appointments.cancel_by_link, name="appointment_link"),
]
