"""Notes in ABRASF's layouts 1.0, 2.02/2.03 and 2.04, which cities issued before the national one.

Cities differ in namespaces and prefixes, so names are matched without them.
"""

from xml.etree.ElementTree import Element

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

from orders.nfse.content import (
    ABRASF,
    ABRASF_CANCELLED,
    ABRASF_SUBSTITUTED,
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
from orders.nfse.xml import alone, child, every, text

_WITHHELD = "1"  # IssRetido: 1 yes, 2 no


def notes_in(root: Element) -> list[Element]:
    """Each note with what stands beside it: ``CompNfse``, or a ``Nfse`` by itself."""
    return every(root, "CompNfse") or every(root, "Nfse")


def read(root: Element, part: Element, data: bytes) -> tuple[ReadNote, list[ReadEvent]]:
    """A note, and its cancellation or substitution where it has one. Raises ValidationError.

    ``data`` is the whole file where it holds this note alone; else empty.
    """
    xml = data or alone(root, part)
    nfse = child(part, "Nfse")
    inf = child(nfse if nfse is not None else part, "InfNfse")
    if inf is None:
        raise ValidationError(_("This XML has no note in it."), code="empty")
    note = _note(inf, xml)
    return note, _events(part, note)


def _note(inf: Element, xml: bytes) -> ReadNote:
    declared = child(inf, "DeclaracaoPrestacaoServico", "InfDeclaracaoPrestacaoServico")
    where = inf if declared is None else declared
    service = child(where, "Servico")
    values = child(service, "Valores")
    counted = values if declared is None else child(inf, "ValoresNfse")
    taker = child(where, "TomadorServico")
    version = "1.0" if declared is None else "2.02" if taker is None else "2.04"
    taker = taker if taker is not None else child(where, "Tomador")
    provider = _provider(inf, where)
    number = needed(text(inf, "Numero"), "Numero")
    city = text(inf, "OrgaoGerador", "CodigoMunicipio")
    description = text(service, "Discriminacao")
    rps = where if declared is None else child(where, "Rps")
    service_cents = cents_of(
        needed(text(values, "ValorServicos"), "ValorServicos"), "ValorServicos"
    )
    net = text(counted, "ValorLiquidoNfse") or text(values, "ValorLiquidoNfse")
    return ReadNote(
        layout=ABRASF, version=version, identity=_identity(city, provider, number), key="",
        number=number, verification_code=text(inf, "CodigoVerificacao"), city=city,
        issued_at=instant_of(text(inf, "DataEmissao"), "DataEmissao"),
        competence=day_of(
            text(where, "Competencia") or text(inf, "Competencia") or text(inf, "DataEmissao"),
            "Competencia",
        ),
        provider=provider, taker=_taker(taker), service=description,
        service_code=text(service, "ItemListaServico"), service_cents=service_cents,
        deductions_cents=cents_of(text(values, "ValorDeducoes"), "ValorDeducoes"),
        base_cents=cents_of(text(counted, "BaseCalculo"), "BaseCalculo"),
        rate=rate_of(text(counted, "Aliquota") or text(values, "Aliquota"), "Aliquota"),
        iss_cents=cents_of(text(counted, "ValorIss") or text(values, "ValorIss"), "ValorIss"),
        iss_withheld=_WITHHELD in {text(service, "IssRetido"), text(values, "IssRetido")},
        net_cents=cents_of(net, "ValorLiquidoNfse") or service_cents,
        replaces=_replaced(inf, city, provider), orders=orders_named(description),
        rps_number=text(rps, "IdentificacaoRps", "Numero"), is_test=False, xml=xml,
    )  # fmt: skip


def _identity(city: str, provider: Party, number: str) -> str:
    return f"{city}:{provider.tax_id}:{number.lstrip('0')}"


def _replaced(inf: Element, city: str, provider: Party) -> str:
    number = text(inf, "NfseSubstituida")
    return _identity(city, provider, number) if number else ""


def _provider(inf: Element, where: Element) -> Party:
    shown, declared = child(inf, "PrestadorServico"), child(where, "Prestador")
    identified = child(shown, "IdentificacaoPrestador")
    return Party(
        name=text(shown, "RazaoSocial") or text(declared, "RazaoSocial"),
        tax_id=tax_id_of(_tax_id(identified) or _tax_id(declared), "Prestador"),
        registration=text(identified, "InscricaoMunicipal") or text(declared, "InscricaoMunicipal"),
    )


def _taker(element: Element | None) -> Party:
    identified = child(element, "IdentificacaoTomador")
    return Party(
        name=text(element, "RazaoSocial"),
        tax_id=tax_id_of(_tax_id(identified), "Tomador", needed=False),
        registration=text(identified, "InscricaoMunicipal"),
    )


def _tax_id(element: Element | None) -> str:
    both = child(element, "CpfCnpj")
    return (
        text(both, "Cnpj") or text(both, "Cpf") or text(element, "Cnpj") or text(element, "Cpf")
    )  # fmt: skip


def _events(part: Element, note: ReadNote) -> list[ReadEvent]:
    found = []
    for confirmed in _each(part, "NfseCancelamento", "Confirmacao"):
        at = text(confirmed, "DataHoraCancelamento") or text(confirmed, "DataHora")
        found.append(_event(note, ABRASF_CANCELLED, at))
    for replaced in _each(part, "NfseSubstituicao", "SubstituicaoNfse"):
        number = text(replaced, "NfseSubstituidora")
        found.append(
            _event(note, ABRASF_SUBSTITUTED, "", _identity(note.city, note.provider, number))
        )
    return found


def _each(part: Element, beside: str, inner: str) -> list[Element]:
    return [found for element in every(part, beside)[:1] for found in every(element, inner)[:1]]


def _event(note: ReadNote, code: str, at: str, other: str = "") -> ReadEvent:
    """A substitution has no time of its own in this layout: the note's stands for it."""
    return ReadEvent(
        identity=f"{note.identity}:{code}", note=note.identity, code=code,
        at=instant_of(at, "DataHora") if at else note.issued_at, reason="", other=other, xml=note.xml,
    )  # fmt: skip
