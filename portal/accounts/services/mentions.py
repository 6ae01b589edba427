"""Where a person is named in what others wrote: found by name, CPF, e-mail and phone, and taken out."""

import re
from functools import reduce
from operator import or_
from typing import Any

from django.conf import settings
from django.db.models import Q, QuerySet
from django.utils import translation
from django.utils.translation import gettext as _

from portal.accounts.models import User
from portal.taxid import format_tax_id


def words_of(user: User) -> list[str]:
    """How texts name the person, the longest first.

    A single name ("Ana") may be anybody's, and so may a CPF or e-mail that was only typed.
    """
    names = user.name.split()
    found = {user.phone}
    if user.email_proof:
        found.add(user.email or "")
    if user.cpf_proof:
        found |= {user.cpf or "", format_tax_id(user.cpf or "")}
    if len(names) > 1:
        found |= {user.name, f"{names[0]} {names[-1]}"}
    return sorted(filter(None, found), key=len, reverse=True)


def nobody() -> str:
    """What stands in place of the person's name, in the portal's language."""
    with translation.override(settings.LANGUAGE_CODE):
        return _("Erased person")


def redact(rows: QuerySet[Any], *fields: str, user: User) -> int:
    """Take the person out of these text fields, for ``Desk.on_erasure``; how many rows changed."""
    words = words_of(user)
    named = [Q(**{f"{field}__icontains": word}) for field in fields for word in words]
    if not named:
        return 0
    pattern, instead = re.compile("|".join(map(re.escape, words)), re.IGNORECASE), nobody()
    changed = rows.filter(reduce(or_, named)).only("pk", *fields)
    count = 0
    for row in changed.iterator(chunk_size=500):
        values = {field: pattern.sub(instead, getattr(row, field)) for field in fields}
        limits = {field: row._meta.get_field(field).max_length for field in fields}
        kept = {field: text[: limits[field]] for field, text in values.items()}
        count += rows.model._base_manager.filter(pk=row.pk).update(**kept)
    return count
