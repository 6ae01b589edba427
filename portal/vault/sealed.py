"""Where sealed bytes are kept: desks name their fields, so that no key is dropped too soon."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Protocol

from django.db import models
from django.db.models.functions import Substr

from portal import desks
from portal.vault.services import HEADER_BYTES, kid_of


class Place(Protocol):
    """A place that needs keys of the vault. ``name`` is shown to the operator."""

    @property
    def name(self) -> str: ...

    def kids(self) -> set[str]:
        """The names of every key in use here."""
        ...


class Source(Place, Protocol):
    """A place that holds sealed bytes."""

    def not_under(self, kid: str) -> Iterator[tuple[int, bytes]]:
        """(primary key, sealed bytes) of what another key wraps, in constant memory."""
        ...

    def replace(self, pk: int, old: bytes, new: bytes) -> bool:
        """Put ``new`` where ``old`` still is; False when somebody else changed it meanwhile."""
        ...


@dataclass(frozen=True)
class SealedField:
    """A BinaryField that holds sealed bytes, or nothing."""

    model: type[models.Model]
    field: str

    @property
    def name(self) -> str:
        return f"{self.model._meta.label_lower}.{self.field}"

    def kids(self) -> set[str]:
        head = Substr(self.field, 1, HEADER_BYTES, output_field=models.BinaryField())
        heads = self._filled().annotate(vault_head=head).order_by()
        return {
            kid_of(value)
            for value in heads.values_list("vault_head", flat=True).distinct()
            if value
        }

    def not_under(self, kid: str) -> Iterator[tuple[int, bytes]]:
        last = 0
        while rows := list(
            self._filled().filter(pk__gt=last).order_by("pk").values_list("pk", self.field)[:200]
        ):
            for pk, sealed in rows:
                if sealed and kid_of(sealed) != kid:
                    yield pk, bytes(sealed)
            last = rows[-1][0]

    def replace(self, pk: int, old: bytes, new: bytes) -> bool:
        return bool(self._filled().filter(pk=pk, **{self.field: old}).update(**{self.field: new}))

    def _filled(self) -> models.QuerySet[models.Model]:
        return self.model._base_manager.filter(**{f"{self.field}__isnull": False})


def sources() -> list[Source]:
    """Every place that holds sealed bytes: see ``Desk.sealed``."""
    return list(desks.gather("sealed"))


def kids_in_use() -> dict[str, list[str]]:
    """kid -> names of the places that hold what it sealed."""
    return _by_kid(sources())


def kids_that_prove() -> dict[str, list[str]]:
    """kid -> names of the places that hold what it proved: see ``Desk.proofs``."""
    return _by_kid(desks.gather("proofs"))


def _by_kid(places: Iterable[Place]) -> dict[str, list[str]]:
    used: dict[str, list[str]] = {}
    for place in places:
        for kid in place.kids():
            used.setdefault(kid, []).append(place.name)
    return used
