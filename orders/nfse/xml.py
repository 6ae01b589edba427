"""XML from strangers as a small tree of local names. No DTD, no entities, few levels."""

from xml.etree.ElementTree import Element, TreeBuilder, tostring
from xml.parsers import expat

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

MAX_BYTES = 1024**2
MAX_DEPTH = 40
MAX_ELEMENTS = 20_000


def parse(data: bytes) -> Element:
    """The root; names keep their prefix, see ``local``. Raises ValidationError.

    Namespaces are not resolved: what declares them stays as attributes, so that a part can be
    written out again as it came.
    """
    if len(data) > MAX_BYTES:
        raise ValidationError(_("This XML is larger than a fiscal note can be."), code="too_large")
    builder = _Builder()
    parser = expat.ParserCreate()
    parser.buffer_text = True
    parser.StartDoctypeDeclHandler = _refuse_declaration
    parser.EntityDeclHandler = _refuse_declaration
    parser.StartElementHandler = builder.start
    parser.EndElementHandler = builder.end
    parser.CharacterDataHandler = builder.data
    try:
        parser.Parse(data, True)
    except (expat.ExpatError, LookupError, ValueError) as error:
        raise ValidationError(_("This is no well-formed XML."), code="xml") from error
    return builder.close()


class _Builder:
    """Builds the tree and counts what it is given."""

    def __init__(self) -> None:
        self.tree = TreeBuilder()
        self.depth = self.elements = 0

    def start(self, name: str, attributes: dict[str, str]) -> None:
        self.depth += 1
        self.elements += 1
        if self.depth > MAX_DEPTH or self.elements > MAX_ELEMENTS:
            raise ValidationError(
                _("This XML has more levels or elements than a fiscal note can have."),
                code="too_large",
            )
        self.tree.start(name, attributes)

    def end(self, name: str) -> None:
        self.depth -= 1
        self.tree.end(name)

    def data(self, text: str) -> None:
        self.tree.data(text)

    def close(self) -> Element:
        return self.tree.close()


def _refuse_declaration(*_declared: object) -> None:
    raise ValidationError(
        _("This XML declares a document type or entities, which no fiscal note does."), code="dtd"
    )


def local(element: Element) -> str:
    """The name without its prefix."""
    return str(element.tag).rpartition(":")[2]


def child(element: Element | None, *names: str) -> Element | None:
    """The first element down a path of local names; the first of each."""
    for name in names:
        if element is None:
            return None
        element = next((found for found in element if local(found) == name), None)
    return element


def text(element: Element | None, *names: str) -> str:
    """The text at the end of a path, without blanks around it; "" where there is none."""
    found = child(element, *names)
    return (found.text or "").strip() if found is not None else ""


def every(element: Element, name: str) -> list[Element]:
    """All descendants of a local name, in the document's order."""
    return [found for found in element.iter() if local(found) == name]


def alone(root: Element, part: Element) -> bytes:
    """A part of the document as a document of its own, with the namespaces that stand above it."""
    for element in _path(root, part):
        for name, value in element.attrib.items():
            if name.partition(":")[0] == "xmlns":
                part.attrib.setdefault(name, value)
    part.tail = None
    return bytes(tostring(part, encoding="utf-8", xml_declaration=True))


def _path(root: Element, part: Element) -> list[Element]:
    """The elements above ``part``, the nearest first."""
    parents = {found: element for element in root.iter() for found in element}
    path: list[Element] = []
    while (above := parents.get(path[-1] if path else part)) is not None:
        path.append(above)
    return path
