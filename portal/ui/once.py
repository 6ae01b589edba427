"""A form that is sent twice (a double click, "send again" in the browser) is carried out once.

Use it in a view whose form makes something or mails, where no constraint of the object itself
says that it is the same thing again:

    @answers_once
    def questions(request):
        ...
        def act() -> Answer:
            ask(user, form.cleaned_data["message"])
            return Answer(reverse("desk:questions"), _("Your question was sent."))

        return carry_out_once(request, act)

The key is the form's CSRF token, which Django masks anew each time it renders a form, together
with all that was filled in: going back and sending something else is another form.
"""

import hashlib
from collections.abc import Callable
from datetime import datetime, timedelta
from functools import wraps
from typing import Any, NamedTuple

from django.contrib import messages
from django.core.files.base import File
from django.db import IntegrityError, transaction
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect

from portal.ui.models import SentForm

TOKEN = "csrfmiddlewaretoken"  # noqa: S105 (the name of a field)
REMEMBERED = timedelta(days=7)
View = Callable[..., HttpResponseBase]


class Answer(NamedTuple):
    """Where the person goes next, and what is said there."""

    location: str
    message: str


class _AlreadySent(Exception):
    """The same form was carried out before."""


def answers_once(view: View) -> View:
    """Answer a form that was carried out before, before anything of it is checked again."""

    @wraps(view)
    def wrapped(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        key = _key_of(request) if request.method == "POST" else ""
        first = SentForm.objects.filter(key=key).first() if key else None
        if first:
            return _answer(request, Answer(first.location, first.message))
        return view(request, *args, **kwargs)

    return wrapped


def carry_out_once(request: HttpRequest, act: Callable[[], Answer]) -> HttpResponse:
    """Do ``act`` in a transaction and redirect; sent again, only redirect as the first time.

    Of two at once the second waits for the first. Whatever ``act`` raises undoes everything, and
    the form may be sent again.
    """
    key = _key_of(request)
    try:
        with transaction.atomic():
            sent = _note(key) if key else None
            answer = act()
            if sent:
                sent.location, sent.message = answer
                sent.save(update_fields=["location", "message"])
    except _AlreadySent:
        first = SentForm.objects.get(key=key)
        answer = Answer(first.location, first.message)
    return _answer(request, answer)


def _answer(request: HttpRequest, answer: Answer) -> HttpResponse:
    messages.success(request, answer.message)
    return redirect(answer.location)


def forget(*, at: datetime) -> None:
    """Forget forms that were sent a week before ``at``."""
    SentForm.objects.filter(sent_at__lt=at - REMEMBERED).delete()


def _note(key: str) -> SentForm:
    try:
        with transaction.atomic():
            return SentForm.objects.create(key=key)
    except IntegrityError:
        raise _AlreadySent from None


def _key_of(request: HttpRequest) -> str:
    """Empty for a form without a token, as a program sends it: it is carried out each time."""
    if not request.POST.get(TOKEN):
        return ""
    parts = [request.path, str(request.user.pk)]
    for name, values in sorted(request.POST.lists()):
        parts += [name, *values]
    for name, files in sorted(request.FILES.lists()):
        parts += [name, *map(_digest, files)]
    return hashlib.sha256("\0".join(parts).encode()).hexdigest()


def _digest(file: File[Any]) -> str:
    digest = hashlib.sha256()
    for chunk in file.chunks():
        digest.update(chunk)
    file.seek(0)
    return digest.hexdigest()
