"""Login with CPF or e-mail."""

from django.contrib.auth.backends import ModelBackend


class AccountBackend(ModelBackend):
    """To know a person by CPF or by e-mail."""
