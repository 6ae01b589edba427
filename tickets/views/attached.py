"""Files of a form that is refused: they are kept, and the form comes back with them."""

from collections.abc import Sequence
from contextlib import suppress
from typing import Any

from django.core.exceptions import ValidationError
from django.http import HttpRequest

from portal.accounts.limits import limited
from tickets.forms.clients import MessageForm
from tickets.forms.files import GONE
from tickets.services import uploads
from tickets.services.thread import NewFile

_SESSION = "kept_files"  # of a stranger's session, which begins with the first file that is kept


def holder_of(request: HttpRequest, about: str) -> str:
    """For whom a form keeps files: who is signed in, or this browser's session; and for which kind
    of form. "" for a stranger for whom nothing was kept yet."""
    if request.user.is_authenticated:
        return f"{about}:user:{request.user.pk}"
    key = request.session.session_key
    return f"{about}:session:{key}" if key else ""


def keep_files(
    request: HttpRequest, form: MessageForm, about: str, *, stored: Sequence[NewFile] | None = None
) -> None:
    """Store what the form accepted, and show it in the form, which goes back to the person. Outside
    of transactions. ``stored``: what was stored already when the form turned out not to be possible.

    Past a limit of strangers and of each person nothing is kept, and the form says so.
    """
    field = form.attached
    if stored is None and not form.is_bound:  # a button was pressed that sends nothing
        name = form.add_prefix("attachments")
        with suppress(ValidationError):
            field.clean(field.widget.value_from_datadict(request.POST, request.FILES, name))
    files: list[Any] = list(field.accepted if stored is None else stored)
    fresh = [file for file in files if not isinstance(file, NewFile)]
    if fresh and _past_limit(request):
        field.not_kept = [*field.not_kept, *(file.name for file in fresh)]
        files = [file for file in files if isinstance(file, NewFile)]
    if files:
        field.holder = _lasting_holder(request, about)
        field.show_kept(uploads.still_waiting(uploads.store_all(files)))


def files_are_gone(form: MessageForm) -> None:
    """Say in the form that another one, sent at the same moment, took its files."""
    form.add_error("attachments", GONE)


def _past_limit(request: HttpRequest) -> bool:
    if request.user.is_authenticated:
        return limited(request, "ticket-files-kept", str(request.user.pk))
    alone = limited(request, "ticket-files-kept-stranger")
    return alone or limited(request, "ticket-files-kept-strangers", "all")


def _lasting_holder(request: HttpRequest, about: str) -> str:
    if not request.user.is_authenticated and not request.session.session_key:
        request.session[_SESSION] = True
        request.session.save()
    return holder_of(request, about)
