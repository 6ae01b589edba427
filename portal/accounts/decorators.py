"""Marks of views that say who may come in."""

from collections.abc import Callable
from typing import TypeVar

from django.http import HttpResponseBase

V = TypeVar("V", bound=Callable[..., HttpResponseBase])


def personal(view: V) -> V:
    """Marks a page as the person's own: a session that an e-CNPJ opened has no business there."""
    view.personal = True  # type: ignore[attr-defined]
    return view
