"""Remessa CNAB 240 as data: the fields of each record, and where each bank differs.

A field is ``(first, last, kind, value)``: positions 1-based and inclusive; kind ``A`` for text from
the left with blanks, ``N`` for digits from the right with zeros; a value beginning with ``=`` is
written as it stands, any other names what is written. A bank's fields replace those they overlap.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

from portal.payments.banks.accounts import BB, BRADESCO, CAIXA, ITAU, SANTANDER, SICOOB, SICREDI

Field = tuple[int, int, str, str]
Fields = tuple[Field, ...]

_FILE_HEADER: Fields = (
    (1, 3, "N", "bank"), (4, 7, "N", "=0"), (8, 8, "N", "=0"), (18, 18, "N", "=2"),
    (19, 32, "A", "cnpj"), (33, 52, "A", "convenio"), (53, 57, "N", "agency"),
    (58, 58, "A", "agency_digit"), (59, 70, "N", "account"), (71, 71, "A", "account_digit"),
    (73, 102, "A", "company"), (103, 132, "A", "bank_name"), (143, 143, "N", "=1"),
    (144, 151, "N", "today"), (152, 157, "N", "time"), (158, 163, "N", "nsa"),
    (164, 166, "N", "file_version"), (167, 171, "N", "density"), (192, 211, "A", "use"),
)  # fmt: skip
_LOT_HEADER: Fields = (
    (1, 3, "N", "bank"), (4, 7, "N", "=1"), (8, 8, "N", "=1"), (9, 9, "A", "=R"),
    (10, 11, "N", "=01"), (14, 16, "N", "lot_version"), (18, 18, "N", "=2"),
    (19, 33, "N", "cnpj"), (34, 53, "A", "convenio_lot"), (54, 58, "N", "agency"),
    (59, 59, "A", "agency_digit"), (60, 71, "N", "account"), (72, 72, "A", "account_digit"),
    (74, 103, "A", "company"), (184, 191, "N", "nsa"), (192, 199, "N", "today"),
    (200, 207, "N", "=0"),
)  # fmt: skip
_SEGMENT: Fields = (
    (1, 3, "N", "bank"), (4, 7, "N", "=1"), (8, 8, "N", "=3"), (9, 13, "N", "sequence"),
    (14, 14, "A", "segment"), (16, 17, "N", "movement"),
)  # fmt: skip
_P: Fields = (
    *_SEGMENT, (18, 22, "N", "agency"), (23, 23, "A", "agency_digit"), (24, 35, "N", "account"),
    (36, 36, "A", "account_digit"), (38, 57, "A", "number"), (58, 58, "N", "=1"),
    (59, 59, "A", "=1"), (60, 60, "A", "=1"), (61, 61, "A", "=2"), (62, 62, "A", "=2"),
    (63, 77, "A", "document"), (78, 85, "N", "due"), (86, 100, "N", "amount"),
    (101, 106, "N", "=0"), (107, 108, "N", "=04"), (109, 109, "A", "=N"), (110, 117, "N", "issued"),
    (118, 118, "N", "interest_code"), (119, 126, "N", "interest_from"), (127, 141, "N", "interest"),
    (142, 195, "N", "=0"), (196, 220, "A", "document"), (221, 221, "N", "=3"),
    (222, 223, "N", "=0"), (224, 224, "N", "=1"), (225, 227, "N", "late_days"),
    (228, 229, "N", "=09"), (230, 239, "N", "=0"),
)  # fmt: skip
_Q: Fields = (
    *_SEGMENT, (18, 18, "N", "payer_kind"), (19, 33, "N", "payer_tax_id"), (34, 73, "A", "payer"),
    (74, 113, "A", "street"), (114, 128, "A", "district"), (129, 136, "N", "cep"),
    (137, 151, "A", "city"), (152, 153, "A", "state"), (154, 169, "N", "=0"), (210, 212, "N", "=0"),
)  # fmt: skip
_R: Fields = (
    *_SEGMENT, (18, 65, "N", "=0"), (66, 66, "N", "=2"), (67, 74, "N", "interest_from"),
    (75, 89, "N", "fine"), (200, 207, "N", "=0"),
)  # fmt: skip
_LOT_TRAILER: Fields = (
    (1, 3, "N", "bank"), (4, 7, "N", "=1"), (8, 8, "N", "=5"), (18, 23, "N", "records"),
    (24, 115, "N", "=0"),
)  # fmt: skip
_FILE_TRAILER: Fields = (
    (1, 3, "N", "bank"), (4, 7, "N", "=9999"), (8, 8, "N", "=9"), (18, 23, "N", "=1"),
    (24, 29, "N", "lines"), (30, 35, "N", "=0"),
)  # fmt: skip
_BASE: dict[str, Fields] = {
    "file_header": _FILE_HEADER, "lot_header": _LOT_HEADER, "P": _P, "Q": _Q, "R": _R,
    "lot_trailer": _LOT_TRAILER, "file_trailer": _FILE_TRAILER,
}  # fmt: skip


@dataclass(frozen=True, kw_only=True)
class RemittanceLayout:
    """One bank's remessa. ``is_whole``: all its records are known, not only segment P's begin."""

    bank: str
    version: str
    bank_name: str = ""
    file_version: str = ""
    lot_version: str = ""
    differs: Mapping[str, Fields] = field(default_factory=dict)
    is_whole: bool = False
    # Banks that want interest in R$ a day and say nothing of the code.
    interest_per_day: bool = False

    def fields(self, record: str) -> Fields:
        """The fields of a record at this bank, by position."""
        own = self.differs.get(record, ())
        kept = (
            base for base in _BASE[record]
            if not any(base[0] <= last and first <= base[1] for first, last, _k, _v in own)
        )  # fmt: skip
        return tuple(sorted((*kept, *own)))


_BB = RemittanceLayout(
    bank=BB, version="BB 2017", bank_name="BANCO DO BRASIL S.A.", file_version="083",
    lot_version="042", is_whole=True,
    differs={
        "P": ((58, 58, "N", "bb_carteira"), (224, 227, "N", "=0")),
    },
)  # fmt: skip
_ITAU_ACCOUNT = {
    "file_header": (
        (33, 52, "A", "="), (53, 53, "N", "=0"), (54, 57, "N", "agency"), (58, 58, "A", "="),
        (59, 65, "N", "=0"), (66, 70, "N", "account"), (71, 71, "A", "="),
        (72, 72, "A", "account_digit"),
    ),
    "lot_header": (
        (34, 53, "A", "="), (54, 54, "N", "=0"), (55, 58, "N", "agency"), (59, 59, "A", "="),
        (60, 66, "N", "=0"), (67, 71, "N", "account"), (72, 72, "A", "="),
        (73, 73, "A", "account_digit"),
    ),
}  # fmt: skip
_ITAU = RemittanceLayout(
    bank=ITAU, version="Itaú 2017", bank_name="BANCO ITAU SA", file_version="040",
    lot_version="030", is_whole=True, interest_per_day=True,
    differs={
        **_ITAU_ACCOUNT,
        "P": (
            (18, 18, "N", "=0"), (19, 22, "N", "agency"), (23, 23, "A", "="), (24, 30, "N", "=0"),
            (31, 35, "N", "account"), (36, 36, "A", "="), (37, 37, "A", "account_digit"),
            (38, 40, "N", "carteira"), (41, 48, "N", "digits"), (49, 49, "N", "check"),
            (50, 57, "A", "="), (58, 62, "N", "=0"), (63, 72, "A", "document"), (73, 77, "A", "="),
            (107, 108, "N", "=08"), (118, 118, "N", "=0"), (225, 226, "N", "late_days"),
            (227, 227, "N", "=0"),
        ),
        "Q": ((34, 63, "A", "payer"), (64, 73, "A", "=")),
    },
)  # fmt: skip
_CAIXA = RemittanceLayout(
    bank=CAIXA, version="Caixa 67118 v10", bank_name="CAIXA ECONOMICA FEDERAL",
    file_version="101", lot_version="060", is_whole=True,
    differs={
        "file_header": (
            (33, 52, "N", "=0"), (59, 64, "N", "code"), (65, 72, "N", "=0"),
        ),
        "lot_header": (
            (34, 39, "N", "code"), (40, 53, "N", "=0"), (60, 65, "N", "code"), (66, 73, "N", "=0"),
        ),
        "P": (
            (24, 29, "N", "code"), (30, 40, "N", "=0"), (41, 42, "N", "=14"),
            (43, 57, "N", "sequence_15"), (60, 60, "A", "=2"), (61, 61, "A", "=2"),
            (62, 62, "A", "=0"),
        ),
        "lot_trailer": ((24, 92, "N", "=0"), (93, 115, "A", "=")),
    },
)  # fmt: skip
_BRADESCO = RemittanceLayout(
    bank=BRADESCO, version="Bradesco V06", bank_name="BRADESCO", file_version="084",
    lot_version="042",
    differs={
        "P": (
            (38, 40, "N", "carteira"), (41, 45, "N", "=0"), (46, 56, "N", "digits"),
            (57, 57, "A", "check"),
        ),
    },
)  # fmt: skip
_SANTANDER = RemittanceLayout(
    bank=SANTANDER, version="Santander H7815 v2.9", bank_name="BANCO SANTANDER",
    file_version="040", lot_version="030",
    differs={
        "P": (
            (18, 21, "N", "agency"), (22, 22, "A", "agency_digit"), (23, 31, "N", "account"),
            (32, 32, "A", "account_digit"), (33, 41, "N", "account"), (42, 42, "A", "account_digit"),
            (43, 44, "A", "="), (45, 57, "N", "digits_check"), (58, 58, "N", "=5"),
            (59, 59, "A", "=1"), (60, 60, "A", "=2"), (61, 62, "A", "="),
        ),
    },
)  # fmt: skip
_SICOOB = RemittanceLayout(
    bank=SICOOB, version="Sicoob 2017", bank_name="SICOOB", file_version="081", lot_version="040",
    differs={
        "P": (
            (38, 47, "N", "digits_check"), (48, 49, "N", "=01"), (50, 51, "N", "=01"),
            (52, 52, "N", "=4"), (53, 57, "A", "="), (59, 59, "A", "=0"), (60, 60, "A", "="),
        ),
    },
)  # fmt: skip
_SICREDI = RemittanceLayout(
    bank=SICREDI, version="Sicredi 1.4", bank_name="SICREDI", file_version="081",
    lot_version="040",
    differs={
        "P": (
            (23, 23, "A", "="), (24, 35, "N", "code"), (38, 46, "N", "digits_check"),
            (47, 57, "A", "="),
        ),
    },
)  # fmt: skip
LAYOUTS: Mapping[str, RemittanceLayout] = {
    layout.bank: layout for layout in (_BB, _ITAU, _CAIXA, _BRADESCO, _SANTANDER, _SICOOB, _SICREDI)
}
