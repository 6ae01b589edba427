"""The clients of an office, and the accesses that it holds for each."""

from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_safe

from portal.accounts.models import Company
from portal.accounts.scope import scope_of
from portal.ui.lists import Column, list_page
from portal.ui.pages import keyset_page
from portal.ui.views import confirmed
from proxies.forms.clients import ClientFilter, ClientForm, EndForm
from proxies.models import OfficeClient
from proxies.models.proxies import TONES
from proxies.services import clients as service
from proxies.views.own import ADMINISTER, may, office_for, office_seen

get_or_post = require_http_methods(["GET", "HEAD", "POST"])
COLUMNS = [
    Column("name", gettext_lazy("Client"), ("name", "pk")),
    Column("tax_id", gettext_lazy("CNPJ or CPF")),
    Column("contract", gettext_lazy("Contract")),
]


def _client(request: HttpRequest, office: int, pk: int, *, level: str = "") -> OfficeClient:
    owner = office_for(request, office, level) if level else office_seen(request, office)
    return get_object_or_404(
        OfficeClient.objects.filter(office=owner).select_related("office"), pk=pk
    )


def _address(client: OfficeClient) -> str:
    return reverse("proxies:client", args=[client.office_id, client.pk])


def _shown(client: OfficeClient) -> dict[str, Any]:
    return {
        "client": client, "url": _address(client), "tax_id": client.shown_tax_id,
        "is_served": client.is_served(timezone.localdate()),
    }  # fmt: skip


@require_safe
def clients(request: HttpRequest, office: int) -> HttpResponse:
    owner = office_seen(request, office)
    form = ClientFilter(request.GET, office=owner)
    found = form.apply(OfficeClient.objects.filter(office=owner), timezone.localdate())
    page = list_page(
        request, found, title=_("Clients of the office"), columns=COLUMNS, order=("name", "pk"),
        form=form, prepare=_shown,
    )  # fmt: skip
    context = {"page": page, "office": owner, "may_administer": may(request, owner, ADMINISTER)}
    return render(request, "proxies/clients.html", context)


@require_safe
def client(request: HttpRequest, office: int, pk: int) -> HttpResponse:
    """A client, and the accesses that the office holds for it."""
    found, today = _client(request, office, pk), timezone.localdate()
    held = found.proxies.exclude(status="destroyed").select_related("agency")
    page = keyset_page(held, order=("name", "pk"), cursor=request.GET.get("cursor", ""))
    rows = [
        {"proxy": proxy, "state": proxy.state(today).label, "tone": TONES[proxy.state(today)]}
        for proxy in page.rows
    ]
    may_administer = may(request, found.office, ADMINISTER)
    context = {"office": found.office, "rows": rows, "page": page, "may_administer": may_administer}
    return render(request, "proxies/client.html", context | _shown(found))


@get_or_post
def client_new(request: HttpRequest, office: int) -> HttpResponse:
    owner = office_for(request, office, ADMINISTER)
    form = ClientForm(request.POST or None)
    by, at = scope_of(request).user, timezone.now()

    def register() -> str:
        made = service.register(owner, **form.cleaned_data, by=by, at=at, request=request)
        return _address(made)

    return _saved(request, form, register) or _form(request, form, owner)


@get_or_post
def client_change(request: HttpRequest, office: int, pk: int) -> HttpResponse:
    found = _client(request, office, pk, level=ADMINISTER)
    form = ClientForm(request.POST or None, client=found)
    by, at = scope_of(request).user, timezone.now()

    def change() -> str:
        service.change(found, **form.cleaned_data, by=by, at=at, request=request)
        return _address(found)

    return _saved(request, form, change) or _form(request, form, found.office, found)


@get_or_post
def client_end(request: HttpRequest, office: int, pk: int) -> HttpResponse:
    """The contract ends; what the office holds for the client stays, and is shown for a decision."""
    found = _client(request, office, pk, level=ADMINISTER)
    form = EndForm(request.POST or None)
    by, at = scope_of(request).user, timezone.now()
    return confirmed(
        request, "proxies/client_end.html", _shown(found) | {"office": found.office},
        lambda: service.end(found, form.cleaned_data["on"], by=by, at=at, request=request),
        to=_address(found), done=_("The end of the contract was noted."), form=form,
    )  # fmt: skip


@get_or_post
def client_again(request: HttpRequest, office: int, pk: int) -> HttpResponse:
    found = _client(request, office, pk, level=ADMINISTER)
    by, at = scope_of(request).user, timezone.now()
    return confirmed(
        request, "proxies/client_again.html", _shown(found) | {"office": found.office},
        lambda: service.serve_again(found, by=by, at=at, request=request),
        to=_address(found), done=_("The client is served again."),
    )  # fmt: skip


def _saved(request: HttpRequest, form: ClientForm, act: Callable[[], str]) -> HttpResponse | None:
    """To the client's page once it was saved; None while something is wrong in the form."""
    if not form.is_valid():
        return None
    try:
        address = act()
    except ValidationError as error:
        form.add_error(None, error)
        return None
    messages.success(request, _("The client was saved."))
    return redirect(address)


def _form(
    request: HttpRequest, form: ClientForm, office: Company, client: OfficeClient | None = None
) -> HttpResponse:
    context = {"form": form, "office": office, "client": client}
    return render(request, "proxies/client_form.html", context)
