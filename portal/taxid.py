"""CPF and CNPJ: one value type, upper-case text without mask.

CPF: 11 digits, two check digits modulo 11 (Receita Federal).
CNPJ: 12 characters ``[0-9A-Z]`` and two check digits; letters are worth their ASCII code less 48
(Instrução Normativa RFB 2.229/2024, alphanumeric since July 2026).
"""

import re
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.db import models
from django.utils.translation import gettext_lazy as _

_CPF = re.compile(r"[0-9]{11}")
_CNPJ = re.compile(r"[0-9A-Z]{12}[0-9]{2}")
_MASK = re.compile(r"[\s./\-]")


def normalise(text: str) -> str:
    """Upper case, without mask or blanks."""
    return _MASK.sub("", text).upper()


def _check_digit(body: str, highest_weight: int) -> str:
    """The modulo-11 digit of ``body``; weights rise from 2 at the right, restarting after the highest."""
    span = highest_weight - 1
    total = sum((ord(c) - 48) * (2 + i % span) for i, c in enumerate(reversed(body)))
    rest = total % 11
    return "0" if rest < 2 else str(11 - rest)


def with_check_digits(body: str) -> str:
    """``body`` of 9 (CPF) or 12 (CNPJ) characters, completed with its two check digits."""
    highest = 11 if len(body) == 9 else 9
    body += _check_digit(body, highest)
    return body + _check_digit(body, highest)


def is_cpf(value: str) -> bool:
    """Whether a normalised value is a CPF with right check digits."""
    return bool(
        _CPF.fullmatch(value) and len(set(value)) > 1 and value == with_check_digits(value[:9])
    )


def is_cnpj(value: str) -> bool:
    """Whether a normalised value is a CNPJ, alphanumeric too, with right check digits."""
    return bool(
        _CNPJ.fullmatch(value) and len(set(value)) > 1 and value == with_check_digits(value[:12])
    )


def format_tax_id(value: str) -> str:
    """``000.000.000-00`` or ``00.000.000/0000-00``; anything else unchanged."""
    if len(value) == 11:
        return f"{value[:3]}.{value[3:6]}.{value[6:9]}-{value[9:]}"
    if len(value) == 14:
        return f"{value[:2]}.{value[2:5]}.{value[5:8]}/{value[8:12]}-{value[12:]}"
    return value


def mask_cpf(value: str) -> str:
    """``***.456.789-**``: enough to recognise one's own, useless to a stranger."""
    return f"***.{value[3:6]}.{value[6:9]}-**" if len(value) == 11 else ""


def public_tax_id(value: str) -> str:
    """The CNPJ with its mask; of a CPF only the middle. Anything else unchanged."""
    return mask_cpf(value) or format_tax_id(value)


def validate_cpf(value: str) -> None:
    if not is_cpf(normalise(value)):
        raise ValidationError(_("Enter a valid CPF."), code="invalid_cpf")


def validate_cnpj(value: str) -> None:
    if not is_cnpj(normalise(value)):
        raise ValidationError(_("Enter a valid CNPJ."), code="invalid_cnpj")


def validate_tax_id(value: str) -> None:
    if not (is_cpf(normalise(value)) or is_cnpj(normalise(value))):
        raise ValidationError(_("Enter a valid CPF or CNPJ."), code="invalid_tax_id")


class TaxIdField(models.CharField[Any, Any]):
    """A CPF or a CNPJ, kept normalised."""

    default_validators = [validate_tax_id]
    length = 14

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        kwargs.setdefault("max_length", self.length)
        super().__init__(*args, **kwargs)

    def to_python(self, value: Any) -> Any:
        value = super().to_python(value)
        return normalise(value) if isinstance(value, str) else value

    def get_prep_value(self, value: Any) -> Any:
        value = super().get_prep_value(value)
        return normalise(value) or (None if self.null else "") if isinstance(value, str) else value

    def formfield(self, *args: Any, **kwargs: Any) -> Any:
        # The mask is typed too: 18 characters for a CNPJ of 14.
        field: Any = super().formfield(*args, **kwargs)
        if isinstance(field, forms.CharField):
            field.max_length = None
            field.validators = [
                v for v in field.validators if type(v).__name__ != "MaxLengthValidator"
            ]
            field.widget.attrs.pop("maxlength", None)
        return field


class CPFField(TaxIdField):
    default_validators = [validate_cpf]
    length = 11


class CNPJField(TaxIdField):
    default_validators = [validate_cnpj]
