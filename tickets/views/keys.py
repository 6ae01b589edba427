"""One key for one sent form, so that a reply or an order sent twice is one entry."""

import hashlib

from django.http import HttpRequest

from portal.ui.once import TOKEN


def form_key(request: HttpRequest, about: str) -> str:
    """Of the form's token, of which each rendering has another, and what was typed."""
    parts = [about, str(request.user.pk), request.POST.get(TOKEN, "")]
    parts += [v for name, values in sorted(request.POST.lists()) if name != TOKEN for v in values]
    parts += [f"{file.name}:{file.size}" for file in request.FILES.getlist("attachments")]
    return "form:" + hashlib.sha256("\0".join(parts).encode()).hexdigest()
