"""A form that is sent twice (a double click, "send again" in the browser) is carried out once.

For views whose form makes something or mails, where no constraint of the object itself says that
it is the same thing again:

    @once
    def questions(request):
        form = QuestionForm(request.POST or None)
        if request.method == "POST" and form.is_valid():
            ask(user, form.cleaned_data["message"])
            return Done(request, reverse("desk:questions"), _("Your question was sent."))
        ...

The key is the form's CSRF token, which Django masks anew each time it renders a form, together
with all that was filled in: going back and sending something else is another form.
"""

import hashlib
from collections.abc import Callable
from datetime import datetime, timedelta
from functools import wraps
from typing import Any, TypeVar, cast

from django.contrib import messages
from django.core.files.base import File
from django.db import IntegrityError, transaction
from django.http import HttpRequest, HttpResponseRedirect
from django.http.response import HttpResponseBase

from portal.ui.models import SentForm

TOKEN = "csrfmiddlewaretoken"  # noqa: S105 (the name of a field)
REMEMBERED = timedelta(days=7)
_AGAIN = "answered_again_by"
Response = TypeVar("Response", bound=HttpResponseBase)
View = TypeVar("View", bound=Callable[..., HttpResponseBase])


class Done(HttpResponseRedirect):
    """The form was carried out: where the person goes next, and what is said there."""

    def __init__(self, request: HttpRequest, location: str, message: str = "") -> None:
        super().__init__(location)
        self.location, self.message = location, message
        if message:
            messages.success(request, message)


def answered_again_by(response: Response, again: Done) -> Response:
    """``response`` says that the form was carried out; sent again, it is answered by ``again``."""
    setattr(response, _AGAIN, again)
    return response


class _AlreadySentError(Exception):
    """The same form was carried out before."""


def once(view: View) -> View:
    """Answer a form that was carried out before as the first time: by the same ``Done``.

    The view runs in a transaction; of two at once the second waits for the first. Anything but
    ``Done``, and whatever is raised, leaves the form to be sent again. Not for views that store
    files, which is done outside of transactions.
    """

    @wraps(view)
    def wrapped(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        key = _key_of(request) if request.method == "POST" else ""
        if not key:
            return view(request, *args, **kwargs)
        try:
            with transaction.atomic():
                sent = _note(key)
                response = view(request, *args, **kwargs)
                again = getattr(response, _AGAIN, response)
                if isinstance(again, Done):
                    sent.location, sent.message = again.location, again.message
                    sent.save(update_fields=["location", "message"])
                else:
                    sent.delete()
            return response
        except _AlreadySentError:
            first = SentForm.objects.get(key=key)
            return Done(request, first.location, first.message)

    return cast("View", wrapped)


def forget(*, at: datetime) -> None:
    """Forget forms that were sent a week before ``at``."""
    SentForm.objects.filter(sent_at__lt=at - REMEMBERED).delete()


def _note(key: str) -> SentForm:
    try:
        with transaction.atomic():
            return SentForm.objects.create(key=key)
    except IntegrityError:
        raise _AlreadySentError from None


def _key_of(request: HttpRequest) -> str:
    """Empty for a form without a token, as a program sends it: it is carried out each time."""
    if not request.POST.get(TOKEN):
        return ""
    parts = [request.path, str(request.user.pk)]
    for name, values in sorted(request.POST.lists()):
        parts += [name, *map(str, values)]
    for name, files in sorted(request.FILES.lists()):
        parts += [name, *map(_digest, files)]
    return hashlib.sha256("\0".join(parts).encode()).hexdigest()


def _digest(file: File[Any]) -> str:
    digest = hashlib.sha256()
    for chunk in file.chunks():
        digest.update(chunk)
    file.seek(0)
    return digest.hexdigest()
