"""A cell that holds one of a field's choices."""

from collections.abc import Callable, Iterable
from typing import Any

from django.conf import settings
from django.core.exceptions import ValidationError
from django.utils import translation
from django.utils.translation import gettext as _

from portal.sheets.columns import key_of


def labelled(choices: Iterable[tuple[Any, Any]]) -> Callable[[str], str]:
    """One of the choices by its label, whatever its case, accents and punctuation; in the language
    of who reads, or in the portal's own, in which model spreadsheets are written."""
    choices = list(choices)

    def parse(cell: str) -> str:
        by_key = {key_of(str(label)): value for value, label in choices}
        with translation.override(settings.LANGUAGE_CODE):
            by_key |= {key_of(str(label)): value for value, label in choices}
        if (value := by_key.get(key_of(cell))) is None:
            known = ", ".join(str(label) for _value, label in choices)
            raise ValidationError(_("Unknown; possible are: %(known)s.") % {"known": known})
        return str(value)

    return parse
