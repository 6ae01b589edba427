"""Names of what differs between two revisions of a PDF, for people. Runs in the sandbox.

Whether it is allowed is decided in ``changes``. What is not found here is still a change.
"""

import io
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from django.db.models import TextChoices
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from pyhanko.pdf_utils.generic import IndirectObject, Reference, StreamObject
from pyhanko.pdf_utils.metadata.xmp_xml import parse_xmp
from pyhanko.pdf_utils.reader import HistoricalResolver

MOST = 20  # changes that are named
_MAX_NODES = 20_000  # of the tree of pages or fields
_TEXT = 80  # characters of a value that are shown
_ABSENT = object()
_PAGE_KEYS = ("/Contents", "/Resources", "/MediaBox", "/CropBox", "/Rotate", "/UserUnit")
_TECHNICAL_INFO = {"/ModDate", "/Producer"}
_TECHNICAL_XMP = {"ModifyDate", "MetadataDate", "Producer", "InstanceID"}


class What(TextChoices):
    """A kind of change; the label takes ``where``, ``before`` and ``after``."""

    CONTENT = "content", _("The content is not what was signed.")
    SIGNATURE = "signature", _("The signature does not belong to this content and signer.")
    NOT_COVERED = "not_covered", _("Part of the file was outside of what was signed.")
    FIELD = "field", _("The form field “%(where)s” said “%(before)s” and now says “%(after)s”.")
    FIELD_LOOK = "field_look", _("The form field “%(where)s” was changed.")
    FIELD_ADDED = "field_added", _("The form field “%(where)s” was added.")
    FIELD_REMOVED = "field_removed", _("The form field “%(where)s” was removed.")
    PAGES_ADDED = "pages_added", _("Pages were added: there were %(before)s, now %(after)s.")
    PAGES_REMOVED = "pages_removed", _("Pages were removed: there were %(before)s, now %(after)s.")
    PAGES = "pages", _("Pages were replaced or put in another order.")
    PAGE = "page", _("What page %(where)s shows was changed.")
    MARKS = "marks", _("Notes, links or other marks on page %(where)s were changed.")
    ATTACHMENTS = "attachments", _("Attached files were added, changed or removed.")
    ACTIONS = "actions", _("Something that acts by itself was added or changed.")
    PROPERTIES = "properties", _("The document's properties (title, author and others) were changed.")  # fmt: skip
    EMPTY_SIGNATURE = "empty_signature", _("“%(where)s”, which looks like a signature and is none, was added.")  # fmt: skip
    FORBIDDEN_SIGNATURE = "forbidden_signature", _("A later signature was added, which this signature forbids.")  # fmt: skip
    OTHER = "other", _("Other parts of the file were changed.")


@dataclass(frozen=True)
class Change:
    """``where``: a field's name or a page's number; ``before`` and ``after``: what was shown."""

    what: What
    where: str = ""
    before: str = ""
    after: str = ""

    @property
    def text(self) -> str:
        values = {"where": self.where, "before": self.before, "after": self.after}
        if self.what == What.FIELD and not (self.before or self.after):
            return gettext("The form field “%(where)s” was changed.") % values
        return str(self.what.label) % values


def differences(old: HistoricalResolver, new: HistoricalResolver) -> Iterator[Change]:
    """At most MOST of them, with a part that cannot be read left out."""
    left = MOST
    compared = _Compared(old, new)
    for part in (_fields, _pages, _attachments, _actions, _properties):
        try:
            for change in part(compared):
                yield change
                left -= 1
                if not left:
                    return
        except MemoryError:
            raise
        except Exception:  # noqa: BLE001, S112 - a damaged part has no name
            continue


class _Compared:
    """Two revisions, and which objects the second has changed."""

    def __init__(self, old: HistoricalResolver, new: HistoricalResolver) -> None:
        self.old, self.new = old, new
        rewritten = {
            ref
            for revision in range(old.revision + 1, new.revision + 1)
            for ref in new.reader.xrefs.explicit_refs_in_revision(revision)
        }
        self._changed = {ref for ref in rewritten if not self._is_same(ref)}

    def _is_same(self, ref: Reference) -> bool:
        try:
            before, after = self.old(ref), self.new(ref)
        except Exception:  # noqa: BLE001 - it did not exist, or cannot be read
            return False
        if isinstance(before, StreamObject) or isinstance(after, StreamObject):
            same_bytes = getattr(before, "encoded_data", 0) == getattr(after, "encoded_data", 1)
            return bool(same_bytes and before == after)
        return bool(before == after)

    def differ(self, before: Any, after: Any, *keys: str) -> bool:
        """Whether these entries of two dictionaries differ, whatever they refer to included."""
        return any(self._differs(_raw(before, key), _raw(after, key)) for key in keys)

    def _differs(self, before: Any, after: Any) -> bool:
        if (before is _ABSENT) != (after is _ABSENT):
            return True
        if before is _ABSENT:
            return False
        return bool(before != after or self.touched(after))

    def touched(self, obj: Any) -> bool:
        """Whether it refers to something that was changed."""
        return not self._changed.isdisjoint(self.new.collect_dependencies(obj))


def _raw(holder: Any, key: str) -> Any:
    return holder.raw_get(key) if key in holder else _ABSENT


def _value(obj: Any) -> Any:
    return obj.get_object() if isinstance(obj, IndirectObject) else obj


def entry(holder: Any, key: str, default: Any = None) -> Any:
    """What a dictionary has at ``key``, references followed; its own ``get`` follows none."""
    return holder[key] if key in holder else default  # noqa: SIM401


def _fields(compared: _Compared) -> Iterator[Change]:
    before, after = dict(_fields_of(compared.old)), dict(_fields_of(compared.new))
    for name in before.keys() - after.keys():
        yield Change(What.FIELD_REMOVED, name[:_TEXT])
    for name, field in after.items():
        if name not in before:
            yield Change(What.FIELD_ADDED, name[:_TEXT])
        elif compared.differ(before[name], field, "/V"):
            yield Change(What.FIELD, name[:_TEXT], _shown(before[name]), _shown(field))
        elif compared.differ(before[name], field, "/AP", "/DA", "/MK", "/Opt", "/Ff"):
            yield Change(What.FIELD_LOOK, name[:_TEXT])


def _fields_of(revision: HistoricalResolver) -> Iterator[tuple[str, Any]]:
    """The form fields that are no signatures, by their full names."""
    form = entry(revision.root, "/AcroForm", {})
    waiting = [(ref, "") for ref in entry(form, "/Fields", ())]
    for _number in range(_MAX_NODES):
        if not waiting:
            return
        ref, above = waiting.pop()
        field = _value(ref)
        name = ".".join(filter(None, (above, str(entry(field, "/T", "")))))
        if entry(field, "/FT") not in {None, "/Sig"}:
            yield name, field
        waiting += [(kid, name) for kid in entry(field, "/Kids", ()) if "/T" in _value(kid)]


def _shown(field: Any) -> str:
    value = entry(field, "/V", "")
    return str(value).removeprefix("/")[:_TEXT] if isinstance(value, str) else ""


def _pages(compared: _Compared) -> Iterator[Change]:
    before, after = list(_pages_of(compared.old)), list(_pages_of(compared.new))
    counts = str(len(before)), str(len(after))
    if len(after) != len(before):
        grew = len(after) > len(before)
        yield Change(What.PAGES_ADDED if grew else What.PAGES_REMOVED, "", *counts)
    elif [ref for ref, _page in before] != [ref for ref, _page in after]:
        yield Change(What.PAGES)
    known = dict(before)
    for number, (ref, page) in enumerate(after, start=1):
        if ref not in known:
            continue
        if compared.differ(known[ref], page, *_PAGE_KEYS):
            yield Change(What.PAGE, str(number))
        if _marks(known[ref]) != _marks(page) or any(
            compared.touched(mark) for mark in _marks(page)
        ):
            yield Change(What.MARKS, str(number))


def _pages_of(revision: HistoricalResolver) -> Iterator[tuple[Any, Any]]:
    waiting = [revision.root.raw_get("/Pages")]
    for _number in range(_MAX_NODES):
        if not waiting:
            return
        ref = waiting.pop()
        node = _value(ref)
        if "/Kids" in node:
            waiting += reversed(node["/Kids"])
        else:
            yield ref.reference, node


def _marks(page: Any) -> list[Any]:
    """The annotations that are no form fields; without the way back to their page."""
    marks = (_value(mark) for mark in entry(page, "/Annots", ()))
    return [
        {key: mark.raw_get(key) for key in mark if key not in {"/P", "/Parent", "/Popup"}}
        for mark in marks
        if entry(mark, "/Subtype") != "/Widget"
    ]


def _attachments(compared: _Compared) -> Iterator[Change]:
    roots = compared.old.root, compared.new.root
    names = tuple(entry(root, "/Names", {}) for root in roots)
    if compared.differ(*roots, "/AF") or compared.differ(*names, "/EmbeddedFiles"):
        yield Change(What.ATTACHMENTS)


def _actions(compared: _Compared) -> Iterator[Change]:
    roots = compared.old.root, compared.new.root
    names = tuple(entry(root, "/Names", {}) for root in roots)
    if compared.differ(*roots, "/OpenAction", "/AA") or compared.differ(*names, "/JavaScript"):
        yield Change(What.ACTIONS)


def _properties(compared: _Compared) -> Iterator[Change]:
    if info_differs(compared.old, compared.new) or metadata_differs(compared.old, compared.new):
        yield Change(What.PROPERTIES)


def info_differs(old: HistoricalResolver, new: HistoricalResolver) -> bool:
    """Whether more of ``/Info`` differs than the program and the time of saving."""
    before, after = _info(old), _info(new)
    if after is None:
        return False  # readers take the older one
    before = before or {}
    keys = (before.keys() | after.keys()) - _TECHNICAL_INFO
    return any(_plain(before, key) != _plain(after, key) for key in keys)


def _info(revision: HistoricalResolver) -> Any:
    trailer = revision.trailer_view
    # The trailer's references lead to the last revision: they are followed in this one.
    return revision(trailer.raw_get("/Info").reference) if "/Info" in trailer else None


def _plain(holder: Any, key: str) -> Any:
    return str(holder[key]) if key in holder else None


def metadata_differs(old: HistoricalResolver, new: HistoricalResolver) -> bool:
    """The same of the XMP metadata."""
    before, after = (entry(revision.root, "/Metadata") for revision in (old, new))
    if after is None and before is None:
        return False
    if before is None or after is None:
        return True
    return before.data != after.data and _xmp(before.data) != _xmp(after.data)


def _xmp(data: bytes) -> dict[Any, Any]:
    entries = {name: value for part in parse_xmp(io.BytesIO(data)) for name, value in part}
    return {name: entries[name] for name in entries if name.local_name not in _TECHNICAL_XMP}
