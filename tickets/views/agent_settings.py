"""The page on which an agent chooses their notices and writes their signature."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from portal.accounts.scope import scope_of
from portal.permissions import staff_required
from tickets.forms.agent_settings import AgentSettingsForm
from tickets.models.tickets import VIEW
from tickets.services import notices


@staff_required(VIEW)
@require_http_methods(["GET", "HEAD", "POST"])
def agent_settings(request: HttpRequest) -> HttpResponse:
    user = scope_of(request).user
    form = AgentSettingsForm(request.POST or None, instance=notices.settings_of(user))
    if request.method != "POST" or not form.is_valid():
        return render(request, "tickets/desk/settings.html", {"form": form})
    notices.choose(user, form.cleaned_data)
    messages.success(request, _("Saved."))
    return redirect("tickets:agent_settings")
