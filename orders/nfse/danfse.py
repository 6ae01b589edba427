"""The DANFSe of a national note, drawn by brazilfiscalreport (LGPL-3). Runs in the sandbox."""

from brazilfiscalreport.danfse import Danfse, DanfseConfig

from orders.nfse.xml import parse


def press(xml: bytes, cancelled: bool, substituted: bool) -> bytes:
    """The PDF, marked CANCELADA or SUBSTITUÍDA. Raises whatever the package raises."""
    parse(xml)  # no DTD, no depths: the package's own parser looks at nothing of the kind
    config = DanfseConfig(watermark_cancelled=cancelled, watermark_replaced=substituted)
    return bytes(Danfse(xml=xml, config=config).output())
