"""Login with CPF or e-mail."""

from typing import Any

from django.contrib.auth.backends import ModelBackend
from django.http import HttpRequest
from django.utils import timezone

from portal.accounts.models import User


class AccountBackend(ModelBackend):
    """Knows a person by CPF (with or without mask) or by e-mail, whatever its case."""

    def authenticate(
        self,
        request: HttpRequest | None,  # noqa: ARG002
        username: str | None = None,
        password: str | None = None,
        **credentials: Any,
    ) -> User | None:
        """The active user with this login and password, else None.

        A stranger's attempt takes as long as a known person's: the password is hashed either way.
        """
        login = username or credentials.get("email") or ""
        if password is None:
            return None
        user = User.objects.by_login(login)
        if user is None:
            User().set_password(password)
            return None
        if not user.check_password(password):
            return None
        return user if self.user_can_authenticate(user) else None

    def user_can_authenticate(self, user: Any) -> bool:
        """Active, and not with a provisional password that was used or has expired."""
        return bool(user.is_active) and not user.provisional_is_over(timezone.now())

    def get_user(self, user_id: Any) -> User | None:
        """The user of a session: one that a provisional password opened goes on."""
        return User.objects.filter(pk=user_id, is_active=True).first()
