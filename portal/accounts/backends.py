"""Login with CPF or e-mail."""

from typing import Any

from django.contrib.auth.backends import ModelBackend
from django.http import HttpRequest
from django.utils import timezone

from portal.accounts.models import User
from portal.accounts.models.people import LOOKED_AT


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

        Several may have typed the same CPF: each one's password is compared. Whoever is refused
        waits for as many comparisons, known or not, so that the time tells nothing.
        """
        login = username or credentials.get("email") or ""
        if password is None:
            return None
        people = User.objects.by_login(login)
        fitting = [user for user in people if user.check_password(password)]
        found = _one_of([user for user in fitting if self.user_can_authenticate(user)], login)
        if found is None:
            for _nobody in range(LOOKED_AT - len(people)):
                User().set_password(password)
        return found

    def user_can_authenticate(self, user: Any) -> bool:
        """Active, and not with a provisional password that was used or has expired."""
        return bool(user.is_active) and not user.provisional_is_over(timezone.now())

    def get_user(self, user_id: Any) -> User | None:
        """The user of a session: one that a provisional password opened goes on."""
        return User.objects.filter(pk=user_id, is_active=True).first()


def _one_of(fitting: list[User], login: str) -> User | None:
    """The one whom the password fits; of two, who has proven what was typed."""
    if len(fitting) == 1:
        return fitting[0]
    proof = "email_proof" if "@" in login else "cpf_proof"
    return next((user for user in fitting if getattr(user, proof)), None)
