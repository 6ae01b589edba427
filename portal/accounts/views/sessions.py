"""Where I am signed in."""

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST

from portal.accounts.scope import scope_of
from portal.accounts.services import sessions as service


def sessions(request: HttpRequest) -> HttpResponse:
    """The list; a POST ends all the others."""
    user = scope_of(request).user
    if request.method == "POST":
        count = service.end_others(user, request=request)
        said = ngettext(
            "%(count)d other session was ended.", "%(count)d other sessions were ended.", count
        )
        messages.success(request, said % {"count": count})
        return redirect("usersessions_list")
    devices = service.devices(user, at=timezone.now(), current=request.session.session_key)
    return render(request, "usersessions/usersession_list.html", {"devices": devices})


@require_POST
def session_end(request: HttpRequest, pk: int) -> HttpResponse:
    """End one other session of mine."""
    if not service.end_one(scope_of(request).user, pk, request=request):
        raise Http404
    messages.success(request, _("The session was ended."))
    return redirect("usersessions_list")
