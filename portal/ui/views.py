"""Dashboard and error pages."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from portal import hooks


def dashboard(request: HttpRequest) -> HttpResponse:
    """The first page after login: a card from each desk."""
    cards = sorted(filter(None, (make(request) for make in hooks.dashboard_cards)), key=lambda c: c.order)
    return render(request, "ui/dashboard.html", {"cards": cards})


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:  # noqa: ARG001
    return render(request, "errors/csrf.html", status=403)


def bad_request(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:  # noqa: ARG001
    return render(request, "errors/400.html", status=400)


def forbidden(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:  # noqa: ARG001
    return render(request, "errors/403.html", status=403)


def not_found(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:  # noqa: ARG001
    return render(request, "errors/404.html", status=404)


def server_error(request: HttpRequest) -> HttpResponse:
    return render(request, "errors/500.html", status=500)
