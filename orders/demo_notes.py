"""The demonstration's fiscal notes: of some paid orders, one of them cancelled, one without order.

They come from the test environment, and say so: nothing here is a document of anybody.
"""

from collections.abc import Sequence
from datetime import datetime
from xml.sax.saxutils import escape

from django.core.files.base import ContentFile
from django.utils.translation import gettext as _

from orders.models import Order
from orders.nfse.keys import check_digit
from orders.services import note_checking, note_import
from portal.batches import services as batches
from portal.demo.cast import CNPJ
from portal.demo.world import World

_SPACE = "http://www.sped.fazenda.gov.br/nfse"
_CITY = "3106200"
_MOST = 8


def load(world: World, orders: Sequence[Order]) -> None:
    """Import them as staff do, in one batch."""
    paid = [order for order in orders if order.payer and order.paid_at][:_MOST]
    if not paid:
        return
    by = world.people["faturista"]
    keys = [_key(n, world.at) for n in range(1, len(paid) + 2)]
    texts = [f"Certificado digital, pedido {order.number}" for order in paid]
    notes = [
        _note(key, order, text, order.price_cents, world.at)
        for key, order, text in zip(keys, paid, texts, strict=False)
    ]
    notes.append(_note(keys[-1], paid[0], "Certificado digital", 7_700, world.at))
    files = [*notes, _cancellation(keys[1], world.at)]
    sent = [ContentFile(data, name=f"nfse-{n:02}.xml") for n, data in enumerate(files, start=1)]
    batch, _is_new = note_checking.receive(sent, name="Notas de demonstração", by=by)
    note_checking.check_slice(batch, by=by)
    batch.refresh_from_db()
    batches.start_applying(batch, by=by, at=world.at)
    note_import.import_slice(batch, by=by)
    world.tell(_("%(n)d fiscal notes.") % {"n": len(notes)})


def _key(number: int, at: datetime) -> str:
    body = f"{_CITY}22{CNPJ}{number:013}{at:%y%m}{100_000_000 + number}"
    return body + check_digit(body)


def _note(key: str, order: Order, text: str, cents: int, at: datetime) -> bytes:
    payer = order.payer
    if payer is None:
        raise ValueError(order.number)
    amount, iss = f"{cents / 100:.2f}", f"{cents * 2 / 10_000:.2f}"
    return f"""<?xml version="1.0" encoding="UTF-8"?>
<NFSe versao="1.01" xmlns="{_SPACE}"><infNFSe Id="NFS{key}"><xLocEmi>Belo Horizonte</xLocEmi>
<xLocPrestacao>Belo Horizonte</xLocPrestacao><nNFSe>{int(key[23:36])}</nNFSe><cLocIncid>{_CITY}</cLocIncid>
<xLocIncid>Belo Horizonte</xLocIncid><xTribNac>Certificação digital.</xTribNac><verAplic>demo</verAplic>
<ambGer>2</ambGer><tpEmis>1</tpEmis><cStat>100</cStat><dhProc>{at.isoformat(timespec="seconds")}</dhProc>
<nDFSe>1</nDFSe><emit><CNPJ>{CNPJ}</CNPJ><xNome>Prestador de demonstração</xNome><enderNac>
<xLgr>Rua da Demonstração</xLgr><nro>100</nro><xBairro>Centro</xBairro><cMun>{_CITY}</cMun><UF>MG</UF>
<CEP>30100000</CEP></enderNac></emit><valores><vBC>{amount}</vBC><pAliqAplic>2.00</pAliqAplic>
<vISSQN>{iss}</vISSQN><vLiq>{amount}</vLiq></valores><DPS versao="1.01"><infDPS Id="DPS{key[:44]}">
<tpAmb>2</tpAmb><dhEmi>{at.isoformat(timespec="seconds")}</dhEmi><verAplic>demo</verAplic><serie>00001</serie>
<nDPS>{int(key[23:36])}</nDPS><dCompet>{at:%Y-%m-%d}</dCompet><tpEmit>1</tpEmit><cLocEmi>{_CITY}</cLocEmi>
<prest><CNPJ>{CNPJ}</CNPJ><regTrib><opSimpNac>1</opSimpNac><regEspTrib>0</regEspTrib></regTrib></prest>
<toma><CPF>{payer.tax_id}</CPF><xNome>{escape(payer.name)}</xNome></toma>
<serv><locPrest><cLocPrestacao>{_CITY}</cLocPrestacao></locPrest><cServ><cTribNac>010301</cTribNac>
<xDescServ>{escape(text)}</xDescServ></cServ></serv><valores><vServPrest><vServ>{amount}</vServ></vServPrest>
<trib><tribMun><tribISSQN>1</tribISSQN><tpRetISSQN>1</tpRetISSQN></tribMun><totTrib><indTotTrib>0</indTotTrib>
</totTrib></trib></valores></infDPS></DPS></infNFSe></NFSe>""".encode()


def _cancellation(key: str, at: datetime) -> bytes:
    when = at.isoformat(timespec="seconds")
    return f"""<?xml version="1.0" encoding="UTF-8"?>
<evento versao="1.01" xmlns="{_SPACE}"><infEvento Id="EVT{key}101101001"><verAplic>demo</verAplic>
<ambGer>2</ambGer><nSeqEvento>001</nSeqEvento><dhProc>{when}</dhProc><nDFSe>2</nDFSe><pedRegEvento versao="1.01">
<infPedReg Id="PRE{key}101101"><tpAmb>2</tpAmb><verAplic>demo</verAplic><dhEvento>{when}</dhEvento>
<CNPJAutor>{CNPJ}</CNPJAutor><chNFSe>{key}</chNFSe><e101101><xDesc>Cancelamento de NFS-e</xDesc>
<cMotivo>1</cMotivo><xMotivo>Valor errado na emissão</xMotivo></e101101></infPedReg></pedRegEvento>
</infEvento></evento>""".encode()
