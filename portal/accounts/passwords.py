"""What a password must be. The browser ticks the rules off; the server judges."""

import re
import secrets
from typing import Any

from django.core.exceptions import ValidationError
from django.template.loader import render_to_string
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from portal.accents import plain

MINIMUM, MAXIMUM = 8, 128
_CLASSES = [("digit", str.isdigit), ("upper", str.isupper), ("lower", str.islower)]
# No character that is read as another one when copied from paper; no vowel, so that no name and
# no word comes about.
_LOWER, _UPPER, _DIGITS = "bcdfghjkmnpqrstvwxz", "BCDFGHJKLMNPQRSTVWXZ", "23456789"


class MaximumLengthValidator:
    """At most 128 characters, so that hashing one costs little."""

    def validate(self, password: str, user: Any = None) -> None:  # noqa: ARG002
        if len(password) > MAXIMUM:
            raise ValidationError(
                _("The password is too long: at most %(max)d characters.") % {"max": MAXIMUM},
                code="password_too_long",
            )

    def get_help_text(self) -> str:
        return _("At most %(max)d characters.") % {"max": MAXIMUM}


class CharacterClassesValidator:
    """A digit, an upper-case and a lower-case letter."""

    def validate(self, password: str, user: Any = None) -> None:  # noqa: ARG002
        texts = {
            "digit": _("The password must have at least one digit."),
            "upper": _("The password must have at least one upper-case letter."),
            "lower": _("The password must have at least one lower-case letter."),
        }
        missing = [name for name, is_one in _CLASSES if not any(is_one(c) for c in password)]
        if missing:
            raise ValidationError(
                [ValidationError(texts[name], code=f"password_no_{name}") for name in missing]
            )

    def get_help_text(self) -> str:
        return _("At least one digit, one upper-case and one lower-case letter.")


class NameValidator:
    """None of the user's names, nor the CPF or the e-mail, whatever the accents and the case."""

    def validate(self, password: str, user: Any = None) -> None:
        typed = plain(password)
        if user is not None and any(name in typed for name in personal_parts(user)):
            raise ValidationError(
                _("The password must not contain your name, your CPF or your e-mail."),
                code="password_has_name",
            )

    def get_help_text(self) -> str:
        return _("None of your names, nor your CPF or e-mail.")


def personal_parts(user: Any) -> list[str]:
    """What a password of this user must not contain: folded names of three letters or more, the
    CPF, and the part of the e-mail before the ``@``."""
    names = re.findall(r"\w{3,}", plain(user.name or ""))
    local = plain((user.email or "").partition("@")[0])
    parts = [*names, user.cpf or "", local if len(local) >= 3 else ""]
    stop = {"dos", "das"}
    return sorted({part for part in parts if part} - stop)


def provisional_password() -> str:
    """A random password of 12 characters (about 66 bits) that meets every rule."""
    alphabet = _LOWER + _UPPER + _DIGITS
    characters = [secrets.choice(kind) for kind in (_LOWER, _UPPER, _DIGITS)]
    characters += [secrets.choice(alphabet) for _ in range(9)]
    secrets.SystemRandom().shuffle(characters)
    return "".join(characters)


def rules_help(user: Any) -> SafeString:
    """The list of rules under a field; ``entrance.js`` ticks them off as one types."""
    context = {"minimum": MINIMUM, "maximum": MAXIMUM, "names": " ".join(personal_parts(user))}
    return render_to_string("accounts/password_rules.html", context)
