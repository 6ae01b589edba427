"""What a bank's codes mean, in plain words; the code itself is always shown beside them.

C044 (movements) and C047 (reasons) are FEBRABAN's; Itaú and CNAB 400 have tables of their own.
"""

from collections.abc import Mapping

from django.utils.functional import Promise
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from portal.payments.banks.cnab_tables import (
    BB,
    BRADESCO,
    CAIXA,
    ITAU,
    SANTANDER,
    TABLES,
    Meaning,
)

Words = Mapping[str, str | Promise]

_MEANINGS: dict[Meaning, str | Promise] = {
    Meaning.REGISTERED: _("registered at the bank"),
    Meaning.REJECTED: _("registration refused"),
    Meaning.PAID: _("paid"),
    Meaning.WITHDRAWN: _("withdrawn"),
    Meaning.DUE_CHANGED: _("due date changed"),
    Meaning.REFUSED: _("instruction refused"),
    Meaning.ADVANCE: _("payment announced, not settled yet"),
    Meaning.ADVANCE_UNDONE: _("announced payment cancelled"),
    Meaning.REVERSED: _("payment reversed"),
    Meaning.INFO: _("information"),
}
_C044: Words = {
    "11": _("still open at the bank"), "12": _("rebate granted"), "13": _("rebate cancelled"),
    "17": _("paid after withdrawal, or without registration"),
    "19": _("protest asked for"), "20": _("protest stopped"), "23": _("sent to the notary"),
    "24": _("taken back from the notary"), "25": _("protested and withdrawn"),
    "27": _("data changed"), "28": _("fee of the bank"), "29": _("said by the payer"),
    "30": _("change refused"), "44": _("the cheque that paid it came back"),
    "50": _("paid by a cheque that is not cleared yet"),
    "51": _("the payer recognised it (DDA)"), "52": _("the payer did not recognise it (DDA)"),
    "53": _("refused by the DDA"),
}  # fmt: skip
_ITAU: Words = {
    "08": _("paid at the notary"), "10": _("withdrawn because it was paid"),
    "11": _("still open at the bank"), "12": _("rebate granted"), "13": _("rebate cancelled"),
    "15": _("withdrawal refused"), "16": _("instruction refused"), "17": _("change refused"),
    "19": _("protest asked for"), "20": _("protest stopped"), "23": _("sent to the notary"),
    "25": _("said by the payer"), "32": _("protested and withdrawn"),
}  # fmt: skip
_MOVEMENTS: Mapping[tuple[str, int], Words] = {
    (ITAU, 240): _ITAU,
    (ITAU, 400): {
        **_ITAU, "07": _("paid in part"), "10": _("paid, by Pix or outside of the bank"),
        "59": _("paid by credit to the account"),
    },
    (BRADESCO, 400): {
        "10": _("withdrawn by the branch"), "11": _("still open at the bank"),
        "15": _("paid at the notary"), "16": _("paid by a cheque that is not cleared yet"),
        "17": _("paid after withdrawal, or without registration"),
        "22": _("payment cancelled"), "27": _("withdrawal refused"), "28": _("fee of the bank"),
        "30": _("change refused"), "40": _("payment reversed"),
    },
    (BB, 400): {
        "05": _("paid without registration"), "07": _("paid in part"),
        "08": _("the rest was paid"), "11": _("still open at the bank"),
        "15": _("paid at the notary"), "44": _("the cheque that paid it came back"),
        "46": _("paid by a cheque that is not cleared yet"),
    },
    (CAIXA, 400): {
        "20": _("still open at the bank"), "22": _("paid at the notary"),
        "23": _("withdrawn: returned"), "24": _("withdrawn: paid outside of the bank"),
        "25": _("protested and withdrawn"), "33": _("payment reversed"),
    },
}  # fmt: skip


def _many(*groups: tuple[str, str | Promise]) -> dict[str, str | Promise]:
    return {code: words for codes, words in groups for code in codes.split()}


_C047_REFUSED: Words = _many(
    ("08", _("the bank's number (nosso número) is not valid")),
    ("09", _("the bank's number (nosso número) came twice")),
    ("10", _("the carteira is not valid")),
    ("16 17 18", _("the due date is not valid, or out of the bank's limits")),
    ("20", _("the amount is not valid")),
    ("21 22", _("the kind of document (espécie) is not accepted")),
    ("24 25", _("the issue date is not valid")),
    ("26 27 28 29 30 57 58 59", _("interest, discount or fine are not valid")),
    ("33 34 35 36", _("the rebate is not valid")),
    ("37 38 39", _("the protest instruction is not valid")),
    ("42 43", _("the days until the bank writes it off are not valid")),
    ("45 46", _("the payer's name or CPF/CNPJ is missing or not valid")),
    ("47 48 49 50 51 52", _("the payer's address or CEP is not valid")),
    ("60", _("it is not registered at the bank")),
    ("63", _("the bank's number (nosso número) is registered already")),
    ("A4", _("the payer is in the DDA (information, no error)")),
    ("A5", _("it is paid already")),
    ("A7", _("it is in that state already")),
)
_C047_WITHDRAWN: Words = _many(
    ("09 10 11", _("asked for")), ("12 13", _("its time was over")), ("14", _("protested")),
)  # fmt: skip
_ITAU_REFUSED: Words = _many(
    ("03 11 13 55 95", _("the CEP is not valid")), ("04 93 94", _("the state is not valid")),
    ("05 54 56 57 66", _("the due date is not valid, or out of the bank's limits")),
    ("08", _("the payer's name is missing")), ("09 29 91 92", _("the account is not valid")),
    ("10 96", _("the payer's address is missing or not valid")),
    ("14 15 42", _("the bank's number (nosso número) is out of range, or came twice")),
    ("18", _("the issue date is not valid")), ("22 68", _("the carteira is not valid")),
    ("27", _("the beneficiary's CNPJ is not valid")),
    ("37", _("the payer's CPF/CNPJ is not valid")), ("60", _("the rebate is not valid")),
    ("61", _("the interest is more than allowed")), ("62", _("the discount is not valid")),
    ("67", _("the amount is not valid")),
)  # fmt: skip
_ITAU_WITHDRAWAL: Words = _many(
    ("04", _("the bank's number (nosso número) came twice")),
    ("05", _("it is withdrawn or paid already")),
    ("06 07", _("it is not registered at the bank")),
    ("08", _("it is being settled")),
)
_ITAU_INSTRUCTION: Words = _many(
    ("06", _("the bank's number (nosso número) is not valid")),
    ("14 28", _("the same instruction is there already")),
    ("21", _("it is not registered at the bank")),
    ("22", _("it is withdrawn or paid already")),
    ("23 37", _("the bank does not accept this instruction")),
    ("33", _("the due date is the same, or would be past")),
)
_ITAU_CHANGE: Words = _many(
    ("05", _("the due date is not valid, or the same")),
    ("42", _("it is past due")), ("43", _("the due date was changed before")),
    ("53", _("nothing would change")), ("61", _("it is withdrawn or paid already")),
)  # fmt: skip
_CAIXA_400_REFUSED: Words = _many(
    ("01", _("the account is not valid")), ("02", _("it is not registered at the bank")),
    ("09", _("the bank's number (nosso número) is not valid")),
    ("10 12", _("the bank's number (nosso número) came twice")),
    ("20 54 81", _("the CEP is not valid")),
    ("45", _("the due date is not valid, or out of the bank's limits")),
    ("49", _("it is withdrawn or paid already")),
    ("82", _("the payer's CPF/CNPJ is not valid")),
)  # fmt: skip
_BY_MOVEMENT: Mapping[str, Words] = {
    "03": _ITAU_REFUSED, "15": _ITAU_WITHDRAWAL, "16": _ITAU_INSTRUCTION, "17": _ITAU_CHANGE,
}  # fmt: skip


def movement_words(bank: str, width: int, movement: str) -> str:
    """A movement in plain words, whatever its code; "movement 77" for one that no table has."""
    table = TABLES[bank, width]
    words = _MOVEMENTS.get((bank, width), _C044 if width == 240 else {}).get(movement)
    if words is None and movement in table.meanings:
        words = _MEANINGS[table.meanings[movement]]
    if words is None and (bank, movement) == (SANTANDER, "A4"):
        words = _C047_REFUSED["A4"]
    return str(words) if words else gettext("movement %(code)s") % {"code": movement}


def reason_words(bank: str, width: int, movement: str, reasons: str) -> list[str]:
    """Each reason as "48: the payer's address or CEP is not valid"; a code alone where no table
    has it."""
    table = _reasons_of(bank, width, movement)
    return [
        f"{code}: {table[key]}" if (key := code[-2:]) in table else code for code in reasons.split()
    ]


def _reasons_of(bank: str, width: int, movement: str) -> Words:
    meaning = TABLES[bank, width].meanings.get(movement, Meaning.INFO)
    if bank == ITAU:
        return _BY_MOVEMENT.get(movement, {})
    if (bank, width) == (CAIXA, 400):
        return _CAIXA_400_REFUSED if meaning == Meaning.REJECTED else {}
    if meaning == Meaning.WITHDRAWN:
        return _C047_WITHDRAWN if width == 240 else {}
    if meaning not in (Meaning.REJECTED, Meaning.REFUSED):
        return {"A4": _C047_REFUSED["A4"]}
    if bank == BB:
        return {**_C047_REFUSED, "52": _("it is paid already")}
    return _C047_REFUSED


def bank_says(bank: str, width: int, movement: str, reasons: str) -> str:
    """The whole in one line: "03 registration refused (48: the payer's address …)"."""
    said = f"{movement} {movement_words(bank, width, movement)}"
    told = "; ".join(reason_words(bank, width, movement, reasons))
    return f"{said} ({told})" if told else said
