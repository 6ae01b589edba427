"""What came into a PDF after it was signed. Runs in the sandbox.

pyHanko's difference analysis decides what is allowed, by a policy stricter than its own: form
fields may not be filled in, and what a new signature brings must be a signature. ``naming`` says
in plain words what else was found.
"""

import logging
from collections.abc import Iterable, Iterator
from functools import cache
from typing import Any

from pyhanko.pdf_utils.reader import HistoricalResolver, PdfFileReader
from pyhanko.sign.diff_analysis import (
    CatalogModificationRule,
    DiffResult,
    DocInfoRule,
    DSSCompareRule,
    FieldComparisonContext,
    FieldComparisonSpec,
    FieldMDPRule,
    FormUpdate,
    FormUpdatingRule,
    MetadataUpdateRule,
    ModificationLevel,
    ObjectStreamRule,
    ReferenceUpdate,
    SigFieldCreationRule,
    SigFieldModificationRule,
    StandardDiffPolicy,
    SuspiciousModification,
    XrefStreamRule,
)
from pyhanko.sign.diff_analysis.commons import compare_dicts
from pyhanko.sign.diff_analysis.rules.form_field_rules import is_field_visible
from pyhanko.sign.fields import MDPPerm, enumerate_sig_fields
from pyhanko.sign.validation.pdf_embedded import EmbeddedPdfSignature

from certificates.signatures import naming
from certificates.signatures.naming import Change, What

_CATALOG = frozenset({"/AcroForm", "/DSS", "/Extensions", "/Metadata", "/Version"})
_FORM = frozenset({"/Fields", "/DR", "/DA", "/SigFlags"})
_FORM_WITH_FIELDS = frozenset({"/Fields", "/SigFlags"})  # /DR and /DA change how values look
# What the field of a new signature may hold: nothing that acts.
_FIELD_KEYS = frozenset({
    "/AP", "/AS", "/BS", "/Border", "/C", "/Contents", "/DA", "/DR", "/F", "/FT", "/Ff", "/H",
    "/Kids", "/Lock", "/M", "/MK", "/NM", "/P", "/Parent", "/Q", "/Rect", "/SV", "/StructParent",
    "/Subtype", "/T", "/TM", "/TU", "/Type", "/V",
})  # fmt: skip
logging.getLogger("pyhanko.sign.diff_analysis").setLevel(logging.ERROR)


class Unclear(Exception):
    """What was added after a signature could not be examined."""


class _Named(SuspiciousModification):
    """A change that a rule of ours forbids, with its name."""

    def __init__(self, change: Change) -> None:
        super().__init__(change.what.value)
        self.change = change


class _ValidationData(DSSCompareRule):
    """Validation data show nothing: where they are broken, nothing is proven either way."""

    def apply(self, old: HistoricalResolver, new: HistoricalResolver) -> Iterable[ReferenceUpdate]:
        try:
            yield from super().apply(old, new)
        except SuspiciousModification as error:
            raise Unclear from error


class _Info(DocInfoRule):
    """In the document's properties only the program and the time of saving may change."""

    def apply(self, old: HistoricalResolver, new: HistoricalResolver) -> Iterable[ReferenceUpdate]:
        if naming.info_differs(old, new):
            raise _Named(Change(What.PROPERTIES))
        yield from super().apply(old, new)


class _Metadata(MetadataUpdateRule):
    """The same of the properties in XMP."""

    def apply(self, old: HistoricalResolver, new: HistoricalResolver) -> Iterable[ReferenceUpdate]:
        if naming.metadata_differs(old, new):
            raise _Named(Change(What.PROPERTIES))
        yield from super().apply(old, new)


class _OnlySignatures(FieldMDPRule):
    """The field of a new signature does nothing but show itself."""

    def apply(
        self, context: FieldComparisonContext
    ) -> Iterable[tuple[ModificationLevel, FormUpdate]]:
        specs = context.field_specs
        if any(spec.field_type != "/Sig" for spec in specs.values()):
            forms = context.old.root["/AcroForm"], context.new.root["/AcroForm"]
            compare_dicts(*forms, _FORM_WITH_FIELDS)
        for spec in specs.values():
            if spec.field_type == "/Sig" and spec.new_field is not None:
                self._check(spec)
        return ()

    @staticmethod
    def _check(spec: FieldComparisonSpec) -> None:
        new = spec.new_field
        if new is None or spec.old_field is not None:
            return
        for part in (new, *(kid.get_object() for kid in naming.entry(new, "/Kids", ()))):
            if not part.keys() <= _FIELD_KEYS:
                raise _Named(Change(What.ACTIONS))


class _Policy(StandardDiffPolicy):
    """Also refuses objects that what was signed refers to and that came only later."""

    def apply(self, old: Any, new: Any, *args: Any, **kwargs: Any) -> DiffResult:
        result = super().apply(old, new, *args, **kwargs)
        for ref in new.explicit_refs_in_revision():
            if old.is_ref_unassignable(ref) and old._get_usages_of_ref(ref):
                raise SuspiciousModification("an object that was referred to was added later")
        return result


_POLICY = _Policy(
    global_rules=[
        CatalogModificationRule(ignored_keys=_CATALOG),
        _Info().as_qualified(ModificationLevel.LTA_UPDATES),
        _Metadata().as_qualified(ModificationLevel.LTA_UPDATES),  # type: ignore[no-untyped-call]
        _ValidationData().as_qualified(ModificationLevel.LTA_UPDATES),
        XrefStreamRule().as_qualified(ModificationLevel.LTA_UPDATES),
        ObjectStreamRule().as_qualified(ModificationLevel.LTA_UPDATES),
    ],
    form_rule=FormUpdatingRule(
        field_rules=[
            SigFieldCreationRule(allow_new_visible_after_certify=True),
            SigFieldModificationRule(),
            _OnlySignatures(),
        ],
        ignored_acroform_keys=_FORM,
    ),
)


class Review:
    """Compares the revisions of a PDF, each with the next, once for all of its signatures."""

    def __init__(self, reader: PdfFileReader) -> None:
        self._reader = reader
        self._step = cache(self._compared)

    def since(self, signature: EmbeddedPdfSignature) -> tuple[Change, ...]:
        """What came after this signature that may not; raises Unclear.

        What a certification forbids counts, what it allows does not: a field that may be filled
        in was changed all the same.
        """
        signed, last = signature.signed_revision, self._reader.xrefs.total_revisions - 1
        steps = [self._step(revision) for revision in range(signed, last)]
        seals = list(_empty_seals(self._resolver(signed), self._resolver(last)))
        if all(isinstance(step, DiffResult) for step in steps):
            return (*seals, *_forbidden(signature, steps))
        found = [*self._named(signed, last), *seals]
        for number, step in enumerate(steps):
            if not isinstance(step, DiffResult) and not found:
                # What was changed and changed back shows only between.
                found = list(self._named(signed + number, signed + number + 1))
            if isinstance(step, _Named):
                found.append(step.change)
        if not found and not any(isinstance(step, SuspiciousModification) for step in steps):
            raise Unclear
        return tuple(dict.fromkeys(found)) or (Change(What.OTHER),)

    def _compared(self, revision: int) -> DiffResult | Exception:
        """The step to the next revision."""
        old, new = self._resolver(revision), self._resolver(revision + 1)
        try:
            return _POLICY.apply(old, new)
        except MemoryError:
            raise
        except Exception as error:  # noqa: BLE001 - whatever it stumbles over, it is not proven
            return error

    def _named(self, old: int, new: int) -> Iterator[Change]:
        yield from naming.differences(self._resolver(old), self._resolver(new))

    def _resolver(self, revision: int) -> HistoricalResolver:
        return self._reader.get_historical_resolver(revision)


def _empty_seals(old: HistoricalResolver, new: HistoricalResolver) -> Iterator[Change]:
    """What looks like a signature of later and is none: nobody would hear of it otherwise."""
    before = {name: field for name, _value, field in enumerate_sig_fields(old)}
    for name, _value, ref in enumerate_sig_fields(new):
        field = ref.get_object()
        if not is_field_visible(field):
            continue
        if "/V" in field and naming.entry(field["/V"], "/Type", "/Sig") != "/DocTimeStamp":
            continue  # a signature, which has a verdict of its own
        known = before[name].get_object() if name in before else None
        if known is None or naming.entry(known, "/AP") != naming.entry(field, "/AP"):
            yield Change(What.EMPTY_SIGNATURE, name[:80])


def _forbidden(signature: EmbeddedPdfSignature, steps: list[Any]) -> Iterator[Change]:
    """Later signatures that this one excludes: as a final certification, or by locking fields."""
    level = max((step.modification_level for step in steps), default=ModificationLevel.NONE)
    names = {name for step in steps for name in step.changed_form_fields}
    locks = signature.fieldmdp
    is_final = signature.docmdp_level == MDPPerm.NO_CHANGES
    is_locked = locks is not None and any(locks.is_locked(name) for name in names)
    if is_locked or (is_final and level > ModificationLevel.LTA_UPDATES):
        yield Change(What.FORBIDDEN_SIGNATURE)
