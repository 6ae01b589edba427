"""What was typed into a form that is not carried out now, to be sent again as it was."""

import re

from django.http import HttpRequest

# Passwords are typed once more; tokens and security codes serve once.
SECRET = re.compile(r"password|captcha|^csrfmiddlewaretoken$|^(code|seed)$", re.IGNORECASE)


def typed(request: HttpRequest) -> list[tuple[str, str]]:
    """Name and value of each field that was sent, in their order, but for the secret ones."""
    if request.method != "POST":
        return []
    # Before the entrance it is the person's own; behind it, it opens something of somebody's.
    kept_back = (
        {"login"} if getattr(request, "user", None) and request.user.is_authenticated else ()
    )
    return [
        (name, str(value))
        for name, values in request.POST.lists()
        if not SECRET.search(name) and name not in kept_back
        for value in values
    ]
