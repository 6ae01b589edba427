"""One key for one sent form, so that a reply or an order sent twice is one entry."""

import hashlib

from django.http import HttpRequest

from portal.ui.once import TOKEN
from tickets.models import Entry


def form_key(request: HttpRequest, about: str) -> str:
    """Of the form's token, of which each rendering has another, and what was typed."""
    parts = [about, str(request.user.pk), request.POST.get(TOKEN, "")]
    parts += [v for name, values in sorted(request.POST.lists()) if name != TOKEN for v in values]
    for _name, files in sorted(request.FILES.lists()):
        parts += [f"{file.name}:{file.size}" for file in files]
    return "form:" + hashlib.sha256("\0".join(parts).encode()).hexdigest()


def said_already(request: HttpRequest, about: str) -> Entry | None:
    """What came of this very form when it was sent before. Asked of a form that is refused: its
    kept files, or its security code, may have been used up by the first time."""
    found = Entry.objects.filter(key=form_key(request, about)).select_related("ticket")
    return found.first()
