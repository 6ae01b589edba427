"""Small files that cost whoever parses them much memory or time, and files that confuse parsers."""

import io
import struct
import zipfile
import zlib

from asn1crypto import pkcs12


def xref_bomb(inflated: int) -> bytes:
    """A PDF whose cross-reference stream inflates to so many bytes: 20 KB hold 20 MB."""
    rows = b"\x00\x00\x00\xff" * (inflated // 4)
    packed = zlib.compress(rows, 9)
    body = b"%PDF-1.7\n1 0 obj\n<</Type/Catalog/Pages 2 0 R>>\nendobj\n"
    body += b"2 0 obj\n<</Type/Pages/Kids[]/Count 0>>\nendobj\n"
    return body + (
        b"3 0 obj\n<</Type/XRef/Size %d/W[1 2 1]/Root 1 0 R/Filter/FlateDecode/Length %d>>stream\n"
        % (len(rows) // 4, len(packed))
        + packed
        + b"\nendstream\nendobj\nstartxref\n%d\n%%%%EOF\n" % len(body)
    )


def xref_of_another_type() -> bytes:
    """A PDF whose cross-reference stream says that it is an image."""
    return xref_bomb(64).replace(b"/XRef", b"/Name")


def png_bomb(side: int) -> bytes:
    """A black picture of ``side`` by ``side`` pixels: 10 KB hold 100 MB."""
    packer = zlib.compressobj(9)
    packed = b"".join(packer.compress(bytes(side * 3 + 1)) for _ in range(side)) + packer.flush()
    head = struct.pack(">IIBBBBB", side, side, 8, 2, 0, 0, 0)
    chunks = ((b"IHDR", head), (b"IDAT", packed), (b"IEND", b""))
    return b"\x89PNG\r\n\x1a\n" + b"".join(
        struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
        for kind, data in chunks
    )


def slow_pfx(pfx: bytes, rounds: int) -> bytes:
    """The same PFX, which claims that its seal was made with so many rounds."""
    changed = pkcs12.Pfx.load(pfx)
    changed["mac_data"]["iterations"] = rounds
    return changed.dump(force=True)


def _small_zip(name: str) -> bytearray:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr(name, b"x")
    return bytearray(buffer.getvalue())


def nameless_zip() -> bytes:
    """A zip whose only member has an empty name."""
    data = _small_zip("X")
    for mark, place in ((b"PK\x03\x04", 26), (b"PK\x01\x02", 28)):  # name's length, extra's length
        struct.pack_into("<HH", data, data.index(mark) + place, 0, 1)
    return bytes(data)


def zip_with_a_wrong_name() -> bytes:
    """A zip whose member's name is marked as UTF-8 and is Latin-1."""
    return bytes(_small_zip("ação.pdf")).replace("ação".encode(), b"a\xe7\xe3o__")
