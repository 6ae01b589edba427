"""Fiscal notes as XML, invented: national and ABRASF, and the events of the national ones."""

from typing import Any
from xml.sax.saxutils import escape

from orders.nfse.keys import check_digit
from portal.taxid import is_cpf, with_check_digits
from tests.factories.numbers import next_number

PROVIDER = with_check_digits("112223330001")
SPACE = "http://www.sped.fazenda.gov.br/nfse"
CITY = "3106200"


def make_key(number: int = 0, *, provider: str = PROVIDER, month: str = "2603") -> str:
    """A right key, another one each time."""
    number = number or next_number()
    body = f"{CITY}22{provider}{number:013}{month}{next_number():09}"
    return body + check_digit(body)


def national_note(
    *, taker: str, key: str = "", cents: int = 15_000, text: str = "Certificado digital",
    version: str = "1.01", **others: Any,
) -> bytes:  # fmt: skip
    """One note. ``others``: ``taker_name``, ``dps``, ``replaces``, ``environment``."""
    key = key or make_key()
    amount = f"{cents // 100}.{cents % 100:02}"
    kind = "CPF" if is_cpf(taker) else "CNPJ"
    replaced = others.get("replaces", "")
    subst = (
        f"<subst><chSubstda>{replaced}</chSubstda><cMotivo>99</cMotivo></subst>" if replaced else ""
    )
    toma = (
        f"<toma><{kind}>{taker}</{kind}><xNome>{escape(others.get('taker_name', 'Tomador'))}</xNome></toma>"
        if taker else ""
    )  # fmt: skip
    return f"""<?xml version="1.0" encoding="UTF-8"?>
<NFSe versao="{version}" xmlns="{SPACE}"><infNFSe Id="NFS{key}">
<xLocEmi>Belo Horizonte</xLocEmi><xLocPrestacao>Belo Horizonte</xLocPrestacao>
<nNFSe>{int(key[23:36])}</nNFSe><cLocIncid>{CITY}</cLocIncid><xTribNac>Certificação digital.</xTribNac>
<verAplic>1.0</verAplic><ambGer>2</ambGer><tpEmis>1</tpEmis><cStat>100</cStat>
<dhProc>2026-03-10T10:00:05-03:00</dhProc><nDFSe>1</nDFSe>
<emit><CNPJ>{PROVIDER}</CNPJ><IM>152422</IM><xNome>AR Exemplo Ltda.</xNome>
<enderNac><xLgr>Rua Um</xLgr><nro>1</nro><xBairro>Centro</xBairro><cMun>{CITY}</cMun><UF>MG</UF>
<CEP>30100000</CEP></enderNac></emit>
<valores><vBC>{amount}</vBC><pAliqAplic>2.00</pAliqAplic><vISSQN>{cents * 2 / 10000:.2f}</vISSQN><vLiq>{amount}</vLiq></valores>
<DPS versao="{version}"><infDPS Id="DPS{CITY}2{PROVIDER}00001{1:015}">
<tpAmb>{others.get("environment", 1)}</tpAmb><dhEmi>2026-03-10T10:00:00-03:00</dhEmi><verAplic>1.0</verAplic>
<serie>00001</serie><nDPS>{others.get("dps", 7)}</nDPS><dCompet>2026-03-10</dCompet><tpEmit>1</tpEmit>
<cLocEmi>{CITY}</cLocEmi>{subst}
<prest><CNPJ>{PROVIDER}</CNPJ><IM>152422</IM><regTrib><opSimpNac>1</opSimpNac><regEspTrib>0</regEspTrib></regTrib></prest>
{toma}<serv><locPrest><cLocPrestacao>{CITY}</cLocPrestacao></locPrest>
<cServ><cTribNac>010301</cTribNac><xDescServ>{escape(text)}</xDescServ></cServ></serv>
<valores><vServPrest><vServ>{amount}</vServ></vServPrest>
<trib><tribMun><tribISSQN>1</tribISSQN><tpRetISSQN>1</tpRetISSQN></tribMun>
<totTrib><indTotTrib>0</indTotTrib></totTrib></trib></valores>
</infDPS></DPS></infNFSe></NFSe>""".encode()


def event_of(key: str, code: str = "101101", *, sequence: int = 1, other: str = "") -> bytes:
    """An event as it was registered; ``other`` is the key of the note that takes its place."""
    substitute = f"<chSubstituta>{other}</chSubstituta>" if other else ""
    return f"""<?xml version="1.0" encoding="UTF-8"?>
<evento versao="1.01" xmlns="{SPACE}"><infEvento Id="EVT{key}{code}{sequence:03}">
<verAplic>1.0</verAplic><ambGer>2</ambGer><nSeqEvento>{sequence:03}</nSeqEvento>
<dhProc>2026-03-12T09:30:00-03:00</dhProc><nDFSe>2</nDFSe>
<pedRegEvento versao="1.01"><infPedReg Id="PRE{key}{code}"><tpAmb>1</tpAmb><verAplic>1.0</verAplic>
<dhEvento>2026-03-12T09:29:00-03:00</dhEvento><CNPJAutor>{PROVIDER}</CNPJAutor><chNFSe>{key}</chNFSe>
<e{code}><xDesc>Evento</xDesc><cMotivo>1</cMotivo><xMotivo>Erro na emissão</xMotivo>{substitute}</e{code}>
</infPedReg></pedRegEvento></infEvento></evento>""".encode()


def abrasf_1(*, taker: str, number: int = 0, text: str = "Certificado", cancelled: str = "") -> str:
    """ABRASF 1.0: all in InfNfse, the rate as a fraction, IssRetido among the values."""
    beside = (
        "<NfseCancelamento><Confirmacao><DataHoraCancelamento>"
        f"{cancelled}</DataHoraCancelamento></Confirmacao></NfseCancelamento>"
        if cancelled else ""
    )  # fmt: skip
    return f"""<CompNfse xmlns="http://www.abrasf.org.br/nfse.xsd"><Nfse><InfNfse Id="n1">
<Numero>{number or next_number()}</Numero><CodigoVerificacao>ABCD-1234</CodigoVerificacao>
<DataEmissao>2012-01-12T08:31:00</DataEmissao><IdentificacaoRps><Numero>12</Numero></IdentificacaoRps>
<Competencia>2012-01-01</Competencia>
<Servico><Valores><ValorServicos>150.00</ValorServicos><ValorDeducoes>10.00</ValorDeducoes>
<IssRetido>1</IssRetido><ValorIss>2.80</ValorIss><BaseCalculo>140.00</BaseCalculo><Aliquota>0.02</Aliquota>
<ValorLiquidoNfse>147.20</ValorLiquidoNfse></Valores><ItemListaServico>1.03</ItemListaServico>
<Discriminacao>{escape(text)}</Discriminacao></Servico>
<PrestadorServico><IdentificacaoPrestador><Cnpj>{PROVIDER}</Cnpj><InscricaoMunicipal>9</InscricaoMunicipal>
</IdentificacaoPrestador><RazaoSocial>AR Exemplo Ltda.</RazaoSocial></PrestadorServico>
<TomadorServico><IdentificacaoTomador><CpfCnpj><Cpf>{taker}</Cpf></CpfCnpj></IdentificacaoTomador>
<RazaoSocial>Carlos Dias</RazaoSocial></TomadorServico>
<OrgaoGerador><CodigoMunicipio>{CITY}</CodigoMunicipio><Uf>MG</Uf></OrgaoGerador>
</InfNfse></Nfse>{beside}</CompNfse>"""


def abrasf_2(
    *, taker: str, number: int = 0, later: bool = False, cancelled: str = "", replaced_by: int = 0,
    text: str = "Certificado",
) -> str:  # fmt: skip
    """ABRASF 2.02/2.03, or with ``later`` 2.04: the taker is TomadorServico. With a prefix."""
    name = "TomadorServico" if later else "Tomador"
    beside = (
        "<n:NfseCancelamento><n:Confirmacao><n:DataHora>"
        f"{cancelled}</n:DataHora></n:Confirmacao></n:NfseCancelamento>"
        if cancelled else ""
    )  # fmt: skip
    if replaced_by:
        beside += (
            "<n:NfseSubstituicao><n:SubstituicaoNfse><n:NfseSubstituidora>"
            f"{replaced_by}</n:NfseSubstituidora></n:SubstituicaoNfse></n:NfseSubstituicao>"
        )
    return f"""<n:CompNfse><n:Nfse versao="2.0"><n:InfNfse>
<n:Numero>{number or next_number()}</n:Numero><n:CodigoVerificacao>XYZ</n:CodigoVerificacao>
<n:DataEmissao>2024-05-06T10:20:30-03:00</n:DataEmissao>
<n:ValoresNfse><n:BaseCalculo>150.00</n:BaseCalculo><n:Aliquota>2.5</n:Aliquota><n:ValorIss>3.75</n:ValorIss>
<n:ValorLiquidoNfse>150.00</n:ValorLiquidoNfse></n:ValoresNfse>
<n:PrestadorServico><n:RazaoSocial>AR Exemplo Ltda.</n:RazaoSocial></n:PrestadorServico>
<n:OrgaoGerador><n:CodigoMunicipio>{CITY}</n:CodigoMunicipio></n:OrgaoGerador>
<n:DeclaracaoPrestacaoServico><n:InfDeclaracaoPrestacaoServico>
<n:Rps><n:IdentificacaoRps><n:Numero>44</n:Numero></n:IdentificacaoRps></n:Rps>
<n:Competencia>2024-05-01</n:Competencia>
<n:Servico><n:Valores><n:ValorServicos>150.00</n:ValorServicos></n:Valores><n:IssRetido>2</n:IssRetido>
<n:ItemListaServico>01.03</n:ItemListaServico><n:Discriminacao>{escape(text)}</n:Discriminacao></n:Servico>
<n:Prestador><n:CpfCnpj><n:Cnpj>{PROVIDER}</n:Cnpj></n:CpfCnpj></n:Prestador>
<n:{name}><n:IdentificacaoTomador><n:CpfCnpj><n:Cpf>{taker}</n:Cpf></n:CpfCnpj></n:IdentificacaoTomador>
<n:RazaoSocial>Carlos Dias</n:RazaoSocial></n:{name}>
</n:InfDeclaracaoPrestacaoServico></n:DeclaracaoPrestacaoServico></n:InfNfse></n:Nfse>{beside}</n:CompNfse>"""


def abrasf_list(*notes: str) -> bytes:
    """What a city answers: several notes in one file, the namespace declared above them."""
    inside = "".join(notes)
    return (
        '<n:ConsultarNfseResposta xmlns:n="http://www.abrasf.org.br/nfse.xsd"><n:ListaNfse>'
        f"{inside}</n:ListaNfse></n:ConsultarNfseResposta>"
    ).encode()
