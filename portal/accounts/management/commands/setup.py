"""The first step of a real operator: the provider and its first administrator."""

import getpass
import os
from collections.abc import Callable
from typing import Any

from django.conf import settings
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import transaction
from django.utils.translation import gettext as _

from portal.accounts.models import User
from portal.audit.services import record
from portal.provider.models import Provider
from portal.provider.services import forget_provider
from portal.taxid import normalise, validate_cnpj, validate_cpf

FIELDS = [
    "provider_name",
    "provider_cnpj",
    "provider_email",
    "admin_name",
    "admin_cpf",
    "admin_email",
]


class Command(BaseCommand):
    help = _("Asks for the provider and the first administrator of a new portal.")

    def add_arguments(self, parser: CommandParser) -> None:
        for name in FIELDS:
            parser.add_argument(f"--{name.replace('_', '-')}", default="")
        parser.add_argument(
            "--no-input", action="store_true",
            help=_("Ask nothing; the password comes from the variable SETUP_PASSWORD."),
        )  # fmt: skip

    def handle(self, *args: Any, **options: Any) -> None:  # noqa: ARG002
        if Provider.objects.exists():
            raise CommandError(_("This portal is set up already; change it in the administration."))
        self.asks = not options["no_input"]
        answers = {name: self._answer(name, options[name]) for name in FIELDS}
        self._check(answers)
        admin = User(
            name=answers["admin_name"], cpf=normalise(answers["admin_cpf"]) or None,
            email=answers["admin_email"].lower() or None, is_staff=True, is_superuser=True,
        )  # fmt: skip
        password = self._password(admin)
        with transaction.atomic():
            provider = Provider(
                name=answers["provider_name"], short_name=answers["provider_name"][:40],
                cnpj=normalise(answers["provider_cnpj"]), email=answers["provider_email"],
            )  # fmt: skip
            provider.full_clean()
            provider.save()
            admin.set_password(password)
            admin.full_clean()
            admin.save()
            record("portal.setup", target=provider, data={"admin": admin.pk})
        forget_provider()
        (
            settings.VAR_DIR / "setup.done"
        ).touch()  # from now on script/server starts no demonstration
        self.stdout.write(
            self.style.SUCCESS(_("Done. Sign in with the administrator's e-mail or CPF."))
        )

    def _answer(self, name: str, given: str) -> str:
        labels = {
            "provider_name": _("Name of the provider"), "provider_cnpj": _("CNPJ of the provider"),
            "provider_email": _("E-mail of the provider"), "admin_name": _("Name of the administrator"),
            "admin_cpf": _("CPF of the administrator (may be empty)"),
            "admin_email": _("E-mail of the administrator"),
        }  # fmt: skip
        if given or not self.asks:
            return given.strip()
        return input(f"{labels[name]}: ").strip()

    def _check(self, answers: dict[str, str]) -> None:
        """Refuse all that is wrong at once, before anything is written."""
        problems = [name for name in FIELDS if not answers[name] and name != "admin_cpf"]
        checks: list[tuple[str, Callable[[str], None]]] = [
            ("provider_cnpj", validate_cnpj), ("admin_cpf", validate_cpf),
        ]  # fmt: skip
        for name, check in checks:
            try:
                if answers[name]:
                    check(answers[name])
            except ValidationError:
                problems.append(name)
        if problems:
            flags = ", ".join(f"--{name.replace('_', '-')}" for name in problems)
            raise CommandError(_("Missing or not valid: %(flags)s") % {"flags": flags})

    def _password(self, admin: User) -> str:
        password = os.environ.get("SETUP_PASSWORD", "")
        if self.asks and not password:
            password = getpass.getpass(_("Password: "))
            if getpass.getpass(_("Password again: ")) != password:
                raise CommandError(_("The two passwords differ."))
        try:
            validate_password(password, admin)
        except ValidationError as error:
            raise CommandError(" ".join(error.messages)) from error
        return password
