"""The files of the demonstration's service orders, made when they are needed."""

import io
from collections.abc import Iterable
from functools import cache

from PIL import Image, ImageDraw, ImageFont

from portal.files.services import reserve, store
from tickets.services.thread import NewFile

_NOTE = [
    "NOTA FISCAL  000.123.456", "", "DEMONSTRAÇÃO: SEM VALOR FISCAL", "",
    "1  Veículo automotor novo", "   Cor: branca", "   Combustível: flex", "",
    "Valor total           R$ 84.900,00",
]  # fmt: skip
_LETTER = [
    "OFÍCIO 042",
    "",
    "DEMONSTRAÇÃO",
    "",
    "Encaminhamos os dados solicitados.",
    "",
    "Atenciosamente,",
]
_SCREEN = [
    "Código de segurança",
    "",
    "+---------------------+",
    "|                     |",
    "+---------------------+",
]
_TABLE = "Mês;Índice;Valor\r\n01;1,0462;84.900,00\r\n02;1,0462;84.900,00\r\n".encode("utf-8-sig")


@cache
def content_of(name: str) -> bytes:
    """What stands in the file of that name."""
    if name.endswith(".csv"):
        return _TABLE
    lines = {"nota": _NOTE, "oficio": _LETTER, "tela": _SCREEN}[
        name.partition("-")[0].partition(".")[0]
    ]
    return _picture(lines, {"jpg": "JPEG", "png": "PNG", "pdf": "PDF"}[name.rpartition(".")[2]])


def _picture(lines: list[str], kind: str) -> bytes:
    page = Image.new("RGB", (900, 1200 if kind == "PDF" else 640), "white")
    draw = ImageDraw.Draw(page)
    for i, line in enumerate(lines):
        draw.text((60, 60 + 56 * i), line, fill="#222222", font=ImageFont.load_default(34))
    output = io.BytesIO()
    page.save(output, kind)
    return output.getvalue()


def store_all(names: Iterable[str]) -> list[NewFile]:
    """Store a file for each name, outside of transactions; what is not claimed, the store sweeps up."""
    wanted = list(names)
    found = []
    for name, key in zip(wanted, reserve(wanted, prefix="tickets"), strict=True):
        stored = store(content_of(name), prefix="tickets", name=name, key=key)
        found.append(
            NewFile(
                key=key, name=name, content_type=stored.content_type, size=stored.size, sha256=stored.sha256
            )
        )  # fmt: skip
    return found
