"""The national NFS-e, layouts 1.00 and 1.01, and its events (Anexo I and II of the SNNFSe manual)."""

import re
from xml.etree.ElementTree import Element

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

from orders.nfse.content import (
    NATIONAL,
    Party,
    ReadEvent,
    ReadNote,
    cents_of,
    day_of,
    instant_of,
    needed,
    orders_named,
    rate_of,
    tax_id_of,
)
from orders.nfse.keys import read_key
from orders.nfse.xml import child, every, local, text

_TEST = "2"  # tpAmb
_NOT_WITHHELD = "1"  # tpRetISSQN
_EVENT = re.compile(r"e(\d{6})")


def read_note(root: Element, data: bytes) -> ReadNote:
    """A note (root ``NFSe``). Raises ValidationError that says what is missing or wrong."""
    inf = child(root, "infNFSe")
    dps = child(inf, "DPS", "infDPS")
    if inf is None or dps is None:
        raise ValidationError(_("This XML has no note in it."), code="empty")
    key = _key_of(inf.attrib.get("Id", "").removeprefix("NFS"))
    values, own = child(inf, "valores"), child(dps, "valores")
    description = text(dps, "serv", "cServ", "xDescServ")
    service_cents = cents_of(
        needed(text(own, "vServPrest", "vServ"), "vServ"), "vServ"
    )  # fmt: skip
    return ReadNote(
        layout=NATIONAL, version=root.attrib.get("versao", ""), identity=key, key=key,
        number=needed(text(inf, "nNFSe"), "nNFSe"), verification_code="",
        city=text(dps, "cLocEmi"),
        issued_at=instant_of(text(inf, "dhProc") or text(dps, "dhEmi"), "dhProc"),
        competence=day_of(text(dps, "dCompet"), "dCompet"),
        provider=_provider(inf, dps), taker=_party(child(dps, "toma"), "toma"),
        service=description, service_code=text(dps, "serv", "cServ", "cTribNac"),
        service_cents=service_cents,
        deductions_cents=_deductions(values, own),
        base_cents=cents_of(text(values, "vBC"), "vBC"),
        rate=rate_of(text(values, "pAliqAplic"), "pAliqAplic"),
        iss_cents=cents_of(text(values, "vISSQN"), "vISSQN"),
        iss_withheld=text(own, "trib", "tribMun", "tpRetISSQN") not in {"", _NOT_WITHHELD},
        net_cents=cents_of(text(values, "vLiq"), "vLiq"),
        replaces=text(dps, "subst", "chSubstda"),
        orders=orders_named(f"{description} {text(dps, 'serv', 'infoCompl', 'xInfComp')}"),
        rps_number=text(dps, "nDPS"), is_test=text(dps, "tpAmb") == _TEST, xml=data,
    )  # fmt: skip


def read_event(root: Element, data: bytes) -> ReadEvent:
    """An event as it was registered (root ``evento``). Raises ValidationError."""
    inf = child(root, "infEvento")
    asked = child(inf, "pedRegEvento", "infPedReg")
    if inf is None or asked is None:
        raise ValidationError(_("This XML has no event in it."), code="empty")
    found = [(m[1], part) for part in asked if (m := _EVENT.fullmatch(local(part)))]
    if len(found) != 1:
        raise ValidationError(_("This XML does not say which event it is."), code="event")
    code, details = found[0]
    key = _key_of(text(asked, "chNFSe"))
    sequence = text(inf, "nSeqEvento") or text(asked, "nPedRegEvento") or "1"
    return ReadEvent(
        identity=f"{key}:{code}:{sequence.lstrip('0')[:3]}", note=key, code=code,
        at=instant_of(text(inf, "dhProc") or text(asked, "dhEvento"), "dhProc"),
        reason=text(details, "xMotivo"), other=text(details, "chSubstituta"), xml=data,
    )  # fmt: skip


def _key_of(key: str) -> str:
    """The access key, checked. Raises ValidationError."""
    if read_key(key) is None:
        raise ValidationError(
            _("The access key “%(key)s” is not right: it has 50 characters, and its digit is checked."),
            code="key", params={"key": key[:60]},
        )  # fmt: skip
    return key


def _provider(inf: Element, dps: Element) -> Party:
    emitter, provider = child(inf, "emit"), child(dps, "prest")
    found = provider if provider is not None else emitter
    return Party(
        name=text(provider, "xNome") or text(emitter, "xNome"),
        tax_id=tax_id_of(_tax_id(found) or _tax_id(emitter), "prest"),
        registration=text(provider, "IM") or text(emitter, "IM"),
    )


def _party(element: Element | None, name: str) -> Party:
    """The taker; a note to nobody named, or to somebody abroad, has no CPF or CNPJ."""
    return Party(
        name=text(element, "xNome"), tax_id=tax_id_of(_tax_id(element), name, needed=False),
        registration=text(element, "IM"),
    )  # fmt: skip


def _tax_id(element: Element | None) -> str:
    return text(element, "CNPJ") or text(element, "CPF")


def _deductions(values: Element | None, own: Element | None) -> int:
    """What was deducted from the base (vDR, or as the system reckoned it)."""
    deducted = every(own, "vDR") if own is not None else []
    written = (deducted[0].text or "").strip() if deducted else ""
    return cents_of(written or text(values, "vCalcDR"), "vDR")
