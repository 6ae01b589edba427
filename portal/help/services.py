"""Reading manuals, and counting what readers say of them."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

from django.apps import apps
from django.conf import settings
from django.db.models import Count, Q
from django.template import engines
from django.utils.translation import get_language

from portal import desks
from portal.help.models import Answer
from portal.provider.models import ContactDesk
from portal.provider.services import current_provider
from portal.ui.prose import Document, render_document

WORDS_A_MINUTE = 200


@dataclass(frozen=True)
class Page:
    """A manual in the reader's language, ready to be shown."""

    manual: desks.Manual
    text: Document

    @property
    def minutes(self) -> int:
        """How long reading takes, on average."""
        return max(1, round(self.text.words / WORDS_A_MINUTE))


@dataclass(frozen=True)
class Opinion:
    """How many found a manual useful."""

    manual: desks.Manual
    useful: int
    answers: int


def manuals() -> dict[str, desks.Manual]:
    """Every manual, by its slug, in the order of the desks."""
    return {desk.help.slug: desk.help for desk in desks.registered() if desk.help}


def read(slug: str) -> Page:
    """The manual of that slug. LookupError where no desk has one in Markdown."""
    for desk in desks.registered():
        if desk.help and desk.help.slug == slug and not desk.help.url_name:
            return Page(desk.help, render_document(_filled_in(_file_of(desk.name))))
    raise LookupError(slug)


def _file_of(app: str) -> Path:
    """In the reader's language, else in the portal's own."""
    folder = Path(apps.get_app_config(app).path) / "help"
    file = folder / f"{get_language()}.md"
    return file if file.exists() else folder / f"{settings.LANGUAGE_CODE}.md"


def _filled_in(file: Path) -> str:
    """The text with the provider's own facts; addresses are written as in any template."""
    template = engines["django"].from_string(file.read_text(encoding="utf-8"))
    return str(template.render(_facts()))


def _facts() -> dict[str, Any]:
    return {
        "provider": current_provider(), "contacts": ContactDesk.objects.all(),
        "invitation_hours": settings.INVITATION_HOURS, "device_days": settings.DEVICE_REMEMBER_DAYS,
    }  # fmt: skip


def note_answer(slug: str, *, is_useful: bool, comment: str, on: date) -> Answer:
    """Keep one answer. KeyError for a manual that no desk has."""
    manual = manuals()[slug]
    return Answer.objects.create(manual=manual.slug, day=on, is_useful=is_useful, comment=comment)


def opinions() -> list[Opinion]:
    """Every manual with its answers; one that has none is there too."""
    counted: Mapping[str, tuple[int, int]] = {
        slug: (useful, answers)
        for slug, useful, answers in Answer.objects.order_by()
        .values_list("manual")
        .annotate(useful=Count("pk", filter=Q(is_useful=True)), answers=Count("pk"))
    }
    return [Opinion(manual, *counted.get(slug, (0, 0))) for slug, manual in manuals().items()]
