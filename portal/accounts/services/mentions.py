"""Where a person is named in what others wrote: found by name, CPF, e-mail and phone, and taken out."""

import json
import re
from dataclasses import asdict, dataclass
from functools import reduce
from operator import or_
from typing import Any

from django.conf import settings
from django.db import IntegrityError, transaction
from django.db.models import JSONField, Q, QuerySet, TextField
from django.db.models.functions import Cast
from django.utils import translation
from django.utils.translation import gettext as _

from portal.accounts.models import User
from portal.vault.services import open_sealed, seal

# People leave accents out, and some systems write them as a sign of its own (U+0300 to U+036F).
_ACCENTED = {"a": "áàâãä", "c": "ç", "e": "éèêë", "i": "íìîï", "n": "ñ", "o": "óòôõö", "u": "úùûü"}
_PLAIN = {sign: letter for letter, signs in _ACCENTED.items() for sign in signs}
_PUNCTUATION = r"[\s()./-]*"
_BETWEEN_NAMES = r"(?:[\s_.+-]|%20)+"  # names of files and addresses of pages, too
_SIGN = "[0-9A-Za-zÀ-ÿ]"
_PHONE_DIGITS = 10  # shorter ones may be part of any number


@dataclass(frozen=True)
class Sought:
    """Whom an erasure looks for, once the person's own row no longer says it. Kept sealed."""

    pattern: str  # see pattern_of
    email: str  # where the person is told; may be empty

    def sealed(self, row: int) -> bytes:
        """For the ErasureRequest of that key."""
        return seal(json.dumps(asdict(self)).encode(), **_place_of(row))

    @classmethod
    def opened(cls, sealed: bytes | memoryview, row: int) -> "Sought":
        """Raises VaultError."""
        return cls(**json.loads(open_sealed(sealed, **_place_of(row))))


def _place_of(row: int) -> dict[str, Any]:
    return {
        "label": "accounts.erasure", "tenant": "portal", "row": str(row), "field": "sealed",
    }  # fmt: skip


def pattern_of(user: User) -> str:
    """How texts name the person, as a regular expression for Python and both databases; "" if none.

    Accents do not count, case need not, and a CPF or phone is found however it is punctuated. Only
    whole words: who erases Ana Lima leaves Mariana Lima alone. A single name ("Ana") may be
    anybody's, and so may a CPF or e-mail that was only typed.
    """
    names, phone = user.name.split(), re.sub(r"\D", "", user.phone)
    found = []
    if len(names) > 1:
        found += [_of_name(names), _of_name([names[0], names[-1]])]
    if user.email and user.email_proof:
        found.append(re.escape(user.email))
    if user.cpf and user.cpf_proof:
        found.append(_PUNCTUATION.join(user.cpf))
    if len(phone) >= _PHONE_DIGITS:
        found.append(_PUNCTUATION.join(phone))
    return rf"(?<!{_SIGN})(?:{'|'.join(found)})(?!{_SIGN})" if found else ""


def nobody() -> str:
    """What stands in place of the person's name, in the portal's language."""
    with translation.override(settings.LANGUAGE_CODE):
        return _("Erased person")


def redact(rows: QuerySet[Any], *fields: str, pattern: str) -> list[Any]:
    """Take whom ``pattern`` names out of these text or JSON fields; the keys of the rows that
    changed."""
    words, instead, model = re.compile(pattern, re.IGNORECASE), nobody(), rows.model
    as_text = {f"{field}_as_text": Cast(field, TextField()) for field in fields}
    named = reduce(or_, (Q(**{f"{text}__iregex": pattern}) for text in as_text))
    changed = []
    for row in rows.alias(**as_text).filter(named).only("pk", *fields).select_for_update():
        before = {field: getattr(row, field) for field in fields}
        after = {field: _without(value, words, instead) for field, value in before.items()}
        for field, text in after.items():
            if not isinstance(model._meta.get_field(field), JSONField):
                after[field] = text[: model._meta.get_field(field).max_length]
        if after != before:
            _write(row, after)
            changed.append(row.pk)
    return changed


def _write(row: Any, after: dict[str, Any]) -> None:
    """Where another row says the same already, and only one may, the row's key is added."""
    rows = type(row)._base_manager.filter(pk=row.pk)
    try:
        with transaction.atomic():
            rows.update(**after)
    except IntegrityError:
        marked = {
            field: f"{text[:60]} {row.pk}"
            for field, text in after.items()
            if isinstance(text, str) and text
        }
        rows.update(**after | marked)


def _without(value: Any, words: re.Pattern[str], instead: str) -> Any:
    if isinstance(value, str):
        return words.sub(instead, value)
    if isinstance(value, dict):
        return {key: _without(part, words, instead) for key, part in value.items()}
    if isinstance(value, list):
        return [_without(part, words, instead) for part in value]
    return value


def _of_name(names: list[str]) -> str:
    return _BETWEEN_NAMES.join("".join(map(_of_letter, name.lower())) for name in names)


def _of_letter(sign: str) -> str:
    letter = _PLAIN.get(sign, sign)
    if letter not in _ACCENTED:
        return re.escape(letter)
    alike = letter + _ACCENTED[letter]
    # SQLite holds JSON with \u00e3 in place of ã.
    return rf"(?:[{alike}{alike.upper()}]|\\u00[0-9a-f]{{2}})[{chr(0x300)}-{chr(0x36F)}]?"
