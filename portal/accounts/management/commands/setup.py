"""The first step of a real operator: the provider and its first administrator."""

import getpass
import os
from typing import Any

from django.conf import settings
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import transaction
from django.urls import reverse
from django.utils.translation import gettext as _

from portal.accounts.models import User
from portal.audit.services import record
from portal.provider.models import Provider
from portal.provider.services import forget_provider
from portal.taxid import normalise

# What is asked, and the field that judges the answer.
FIELDS: dict[str, tuple[Any, str]] = {
    "provider_name": (Provider, "name"), "provider_cnpj": (Provider, "cnpj"),
    "provider_email": (Provider, "email"), "admin_name": (User, "name"),
    "admin_cpf": (User, "cpf"), "admin_email": (User, "email"),
}  # fmt: skip
NUMBERS = {"cnpj", "cpf"}
DANGLING = {"a", "o", "e", "de", "da", "do", "das", "dos", "em", "para", "com", "&"}


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
        if not self.asks:
            self._refuse_wrong(options)
        answers = {name: self._answer(name, options[name].strip()) for name in FIELDS}
        admin = User(
            name=answers["admin_name"], cpf=normalise(answers["admin_cpf"]) or None,
            email=answers["admin_email"].lower() or None, is_staff=True, is_superuser=True,
        )  # fmt: skip
        self._save(answers, admin, self._password(admin))
        # From now on script/server starts no demonstration.
        (settings.VAR_DIR / "setup.done").touch()
        self.stdout.write(
            self.style.SUCCESS(
                _("Done. Sign in with the administrator's e-mail or CPF. What comes next: %(page)s")
                % {"page": settings.BASE_URL + reverse("site:first_steps")}
            )
        )

    def _save(self, answers: dict[str, str], admin: User, password: str) -> None:
        with transaction.atomic():
            provider = Provider(
                name=answers["provider_name"], short_name=short_name(answers["provider_name"]),
                cnpj=normalise(answers["provider_cnpj"]), email=answers["provider_email"],
            )  # fmt: skip
            provider.full_clean()
            provider.save()
            admin.set_password(password)
            admin.full_clean()
            admin.save()
            record("portal.setup", target=provider, data={"admin": admin.pk})
        forget_provider()

    def _answer(self, name: str, given: str) -> str:
        """What was given, or typed: asked again, for this one alone, until nothing is wrong."""
        answer = given if given or not self.asks else input(f"{_labels()[name]}: ").strip()
        while problem := wrong(name, answer):
            if not self.asks:
                raise CommandError(problem)
            self.stderr.write(self.style.ERROR(problem))
            answer = input(f"{_labels()[name]}: ").strip()
        return answer

    def _refuse_wrong(self, options: dict[str, Any]) -> None:
        """Without questions: all that is wrong at once, before anything is written."""
        problems = [name for name in FIELDS if wrong(name, options[name].strip())]
        if problems:
            flags = ", ".join(f"--{name.replace('_', '-')}" for name in problems)
            raise CommandError(_("Missing or not valid: %(flags)s") % {"flags": flags})

    def _password(self, admin: User) -> str:
        """From SETUP_PASSWORD, or typed twice; asked again until it will do."""
        password = os.environ.get("SETUP_PASSWORD", "")
        asks = self.asks and not password
        while True:
            if asks:
                password = getpass.getpass(_("Password: "))
            problem = _wrong_password(password, admin)
            if not problem and asks and getpass.getpass(_("Password again: ")) != password:
                problem = _("The two passwords differ.")
            if not problem:
                return password
            if not asks:
                raise CommandError(problem)
            self.stderr.write(self.style.ERROR(problem))


def wrong(name: str, answer: str) -> str:
    """What is wrong with an answer, in words; "" if nothing is."""
    if not answer:
        return "" if name == "admin_cpf" else _("This cannot be left empty.")
    model, field = FIELDS[name]
    try:
        model._meta.get_field(field).clean(normalise(answer) if field in NUMBERS else answer, None)
    except ValidationError as error:
        return " ".join(error.messages)
    return ""


def short_name(name: str) -> str:
    """The name for the top bar: as many whole words as fit, without a dangling "de" or "e"."""
    longest = Provider._meta.get_field("short_name").max_length or 0
    if len(name) <= longest:
        return name
    words = name[: longest + 1].split(" ")[:-1]
    while words and (words[-1].lower() in DANGLING or not words[-1].strip(",;-–")):
        words.pop()
    return " ".join(words).rstrip(" ,;-–") or name[:longest]


def _wrong_password(password: str, admin: User) -> str:
    try:
        validate_password(password, admin)
    except ValidationError as error:
        return " ".join(error.messages)
    return ""


def _labels() -> dict[str, str]:
    return {
        "provider_name": _("Name of the provider"), "provider_cnpj": _("CNPJ of the provider"),
        "provider_email": _("E-mail of the provider"), "admin_name": _("Name of the administrator"),
        "admin_cpf": _("CPF of the administrator (may be empty)"),
        "admin_email": _("E-mail of the administrator"),
    }  # fmt: skip
