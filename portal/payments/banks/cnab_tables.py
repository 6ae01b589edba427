"""Return files as data: where each bank writes what, and what its movement codes mean.

Positions are 1-based and inclusive, as the manuals print them. A table is never changed when a
bank publishes another manual: the new one is added under its own version.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

Place = tuple[int, int]
BB, SANTANDER, CAIXA, BRADESCO = "001", "033", "104", "237"
ITAU, SICREDI, SICOOB = "341", "748", "756"


class Meaning(StrEnum):
    """What a movement says of a slip, whatever its code is at that bank."""

    REGISTERED = "registered"
    REJECTED = "rejected"  # the registration
    PAID = "paid"
    WITHDRAWN = "withdrawn"
    DUE_CHANGED = "changed"
    REFUSED = "refused"  # an instruction of ours
    ADVANCE = "advance"  # "baixa operacional": a payment is announced, nothing is settled
    ADVANCE_UNDONE = "undone"
    REVERSED = "reversed"  # a cheque came back, a payment was cancelled
    INFO = "info"


@dataclass(frozen=True, kw_only=True, eq=False)
class ReturnTable:
    """One bank's return file in one width.

    ``first`` are the fields of segment T (240) or of the detail (400), ``second`` those of
    segment U. ``detail`` is the record type of a detail of 400. ``number`` leaves the check digit
    out where its place is fixed. ``paid_is_net``: the bank writes the amount paid less its fee.
    ``febraban_lots``: the end of a lot counts all its records, and its titles if it says any; else
    it may leave out its first and last record, and says the titles of the whole carteira.
    """

    bank: str
    width: int
    version: str
    first: Mapping[str, Place]
    second: Mapping[str, Place] = field(default_factory=dict)
    meanings: Mapping[str, Meaning]
    header: Mapping[str, Place]
    detail: str = "1"
    paid_is_net: bool = False
    febraban_lots: bool = True


_M = Meaning
_T: dict[str, Place] = {
    "movement": (16, 17), "number": (38, 57), "document": (59, 73), "face": (82, 96),
    "fee": (199, 213), "reasons": (214, 223),
}  # fmt: skip
_U: dict[str, Place] = {
    "interest": (18, 32), "paid": (78, 92), "net": (93, 107),
    "occurred": (138, 145), "credited": (146, 153),
}  # fmt: skip
_HEADER_240: dict[str, Place] = {
    "tax_id": (19, 32), "code": (33, 52), "agency": (53, 57), "account": (59, 70),
    "written": (144, 151), "sequence": (158, 163), "use": (192, 211),
}  # fmt: skip
_C044 = {
    "02": _M.REGISTERED, "03": _M.REJECTED, "06": _M.PAID, "09": _M.WITHDRAWN,
    "14": _M.DUE_CHANGED, "17": _M.PAID, "26": _M.REFUSED, "30": _M.REFUSED, "44": _M.REVERSED,
}  # fmt: skip
_400: dict[str, Place] = {
    "movement": (109, 110), "document": (117, 126), "face": (153, 165), "fee": (176, 188),
    "interest": (267, 279), "paid": (254, 266), "occurred": (111, 116), "credited": (296, 301),
}  # fmt: skip
_HEADER_400: dict[str, Place] = {"agency": (27, 30), "written": (95, 100)}


def _segments(
    bank: str,
    version: str,
    meanings: Mapping[str, Meaning] | None = None,
    *,
    header: Mapping[str, Place] | None = None,
    paid_is_net: bool = False,
    **first: Place,
) -> ReturnTable:
    """Segments T and U as FEBRABAN has them, but for the places given."""
    return ReturnTable(
        bank=bank, width=240, version=version, first={**_T, **first}, second=_U,
        meanings=meanings or _C044, header={**_HEADER_240, **(header or {})},
        paid_is_net=paid_is_net, febraban_lots=bank != SANTANDER,
    )  # fmt: skip


_ALL = (
    _segments(BB, "2017", header={"code": (33, 41)}),
    _segments(
        SANTANDER, "H7815 2.9", {**_C044, "93": _M.ADVANCE, "94": _M.ADVANCE_UNDONE},
        header={
            "tax_id": (18, 32), "agency": (33, 36), "account": (38, 46), "code": (53, 61),
        },
        number=(41, 52), document=(55, 69), face=(78, 92), fee=(194, 208), reasons=(209, 218),
    ),
    _segments(
        CAIXA, "67118 v10", header={"code": (59, 65), "account": (0, 0)},
        number=(42, 56), document=(59, 69),
    ),
    _segments(BRADESCO, "V06", number=(46, 56)),
    _segments(
        ITAU, "2017",
        {
            **_C044, "08": _M.PAID, "10": _M.WITHDRAWN, "15": _M.REFUSED, "16": _M.REFUSED,
            "17": _M.REFUSED, "18": _M.REFUSED, "26": _M.INFO, "30": _M.INFO, "44": _M.INFO,
        },
        header={"code": (0, 0), "agency": (54, 57), "account": (66, 70)}, paid_is_net=True,
        number=(41, 48), document=(59, 68), reasons=(214, 221),
    ),
    _segments(SICREDI, "1.4", number=(38, 45)),
    _segments(SICOOB, "2017", number=(38, 46)),
    ReturnTable(
        bank=ITAU, width=400, version="2021", paid_is_net=True,
        first={**_400, "number": (63, 70), "reasons": (378, 385)},
        header={**_HEADER_400, "account": (33, 37)},
        meanings={
            "02": _M.REGISTERED, "03": _M.REJECTED, "06": _M.PAID, "07": _M.PAID,
            "08": _M.PAID, "09": _M.WITHDRAWN, "10": _M.PAID, "14": _M.DUE_CHANGED,
            "15": _M.REFUSED, "16": _M.REFUSED, "17": _M.REFUSED, "18": _M.REFUSED,
            "59": _M.PAID, "95": _M.ADVANCE,
        },
    ),
    ReturnTable(
        bank=BRADESCO, width=400, version="2017",
        first={
            **_400, "number": (71, 81), "reasons": (319, 328), "agency": (25, 29),
            "account": (30, 36),
        },
        header={"written": (95, 100)},
        meanings={
            "02": _M.REGISTERED, "03": _M.REJECTED, "06": _M.PAID, "09": _M.WITHDRAWN,
            "10": _M.WITHDRAWN, "14": _M.DUE_CHANGED, "15": _M.PAID, "17": _M.PAID,
            "22": _M.REVERSED, "24": _M.REJECTED, "27": _M.REFUSED, "30": _M.REFUSED,
            "32": _M.REFUSED, "40": _M.REVERSED,
        },
    ),
    ReturnTable(
        bank=BB, width=400, version="CBR643", detail="7",
        first={
            **_400, "number": (64, 80), "reasons": (87, 88), "credited": (176, 181),
            "fee": (182, 188), "net": (306, 318),
        },
        header={**_HEADER_400, "account": (32, 39), "code": (150, 156)},
        meanings={
            "02": _M.REGISTERED, "03": _M.REJECTED, "05": _M.PAID, "06": _M.PAID,
            "07": _M.PAID, "08": _M.PAID, "09": _M.WITHDRAWN, "10": _M.WITHDRAWN,
            "14": _M.DUE_CHANGED, "15": _M.PAID, "44": _M.REVERSED,
        },
    ),
    ReturnTable(
        bank=CAIXA, width=400, version="67118 v10",
        first={**_400, "number": (59, 73), "reasons": (80, 82), "credited": (294, 299)},
        header={**_HEADER_400, "code": (31, 37)},
        meanings={
            "01": _M.REGISTERED, "02": _M.WITHDRAWN, "05": _M.DUE_CHANGED, "21": _M.PAID,
            "22": _M.PAID, "23": _M.WITHDRAWN, "24": _M.WITHDRAWN, "25": _M.WITHDRAWN,
            "33": _M.REVERSED, "99": _M.REJECTED,
        },
    ),
)  # fmt: skip
TABLES: Mapping[tuple[str, int], ReturnTable] = {(t.bank, t.width): t for t in _ALL}


def meaning_of(bank: str, width: int, movement: str, paid_cents: int) -> Meaning:
    """What a movement says. A code that no table has is information.

    A slip "settled" for nothing (Itaú's 10 after our own instruction) was withdrawn.
    """
    found = TABLES[bank, width].meanings.get(movement, Meaning.INFO)
    return Meaning.WITHDRAWN if found == Meaning.PAID and not paid_cents else found
