"""Staff groups, permissions, and who may enter a staff page. Knows no model."""

from collections.abc import Callable
from functools import wraps
from typing import Concatenate, ParamSpec, cast

from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponseBase

P = ParamSpec("P")
View = Callable[Concatenate[HttpRequest, P], HttpResponseBase]
# The staff groups that a new portal starts with: see ``Desk.groups``.
BILLING, HELP_DESK, REGISTRATION, ADMINISTRATION = (
    "Faturamento", "Atendimento", "Agente de registro", "Administração",
)  # fmt: skip


def all_of(app: str, *models: str) -> list[str]:
    """Django's four permissions on each of these models."""
    return [
        f"{app}.{action}_{model}"
        for model in models
        for action in ("add", "change", "delete", "view")
    ]


def staff_required(*permissions: str) -> Callable[[View[P]], View[P]]:
    """Only staff who hold every one of ``permissions`` may use the view; 403 for others."""

    def decorate(view: View[P]) -> View[P]:
        @wraps(view)
        def guarded(request: HttpRequest, *args: P.args, **kwargs: P.kwargs) -> HttpResponseBase:
            if not may_work(request, *permissions):
                raise PermissionDenied
            return view(request, *args, **kwargs)

        guarded.staff_permissions = permissions  # type: ignore[attr-defined]
        return cast("View[P]", guarded)

    return decorate


def may_work(request: HttpRequest, *permissions: str) -> bool:
    """Whether the request's user is active staff and holds ``permissions``; for menus and views."""
    user = request.user
    return (
        user.is_authenticated and user.is_active and user.is_staff and user.has_perms(permissions)
    )
