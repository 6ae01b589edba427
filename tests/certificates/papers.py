"""Small documents to sign."""

import io
from functools import cache

import pikepdf

# Names and sizes as they come: A4, letter, a landscape page, one turned by the scanner.
SIZES = {"a4": (595, 842, 0), "letter": (612, 792, 0), "landscape": (842, 595, 0),
         "turned": (595, 842, 90), "upside down": (595, 842, 180), "turned left": (595, 842, 270)}  # fmt: skip


@cache
def a_pdf(width: int = 595, height: int = 842, rotation: int = 0, pages: int = 1) -> bytes:
    """Text down to the very foot of each page: a stamp laid over it would cover it."""
    pdf = pikepdf.new()
    font = pdf.make_indirect(
        pikepdf.Dictionary(
            Type=pikepdf.Name.Font, Subtype=pikepdf.Name.Type1, BaseFont=pikepdf.Name.Helvetica
        )
    )
    for number in range(1, pages + 1):
        page = pdf.add_blank_page(page_size=(width, height))
        page.Contents = pdf.make_stream(
            f"BT /F 10 Tf 10 4 Td (rodape da pagina {number}) Tj ET".encode()
        )
        page.Resources = pikepdf.Dictionary(Font=pikepdf.Dictionary(F=font))
        if rotation:
            page.Rotate = rotation
    output = io.BytesIO()
    pdf.save(output, compress_streams=False)
    return output.getvalue()
