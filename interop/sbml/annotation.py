"""What SBML has no words for, in annotations of our own."""

from __future__ import annotations

from dataclasses import dataclass, field
from xml.sax.saxutils import quoteattr

import libsbml

from ...model import Species
from ...model.numerals import read_number, read_whole
from . import limits

NAMESPACE = "urn:nanospine:sbml:1"


@dataclass(frozen=True)
class Notes:
    """What a species' annotation says: diffusion coefficient (um^2/s), group and conserved contents."""

    D: float = 0.0
    group: str = ""
    content: dict[str, int] = field(default_factory=dict)


def annotate(element: libsbml.Species, species: Species) -> None:
    """Write diffusion coefficient, group and contents of a species."""
    content = "".join(
        f"<nanospine:content of={quoteattr(name)} number='{number}'/>" for name, number in species.content.items()
    )
    element.setAnnotation(
        f"<nanospine:species xmlns:nanospine='{NAMESPACE}' D='{species.D!r}' group={quoteattr(species.group)}>"
        f"{content}</nanospine:species>"
    )


def read_notes(element: libsbml.Species) -> Notes:
    """Read what :func:`annotate` wrote; nothing if somebody else wrote the file.

    Raises
    ------
    ValueError
        If a number is none, or out of range.
    """
    annotation = element.getAnnotation()
    if annotation is None:
        return Notes()
    for k in range(annotation.getNumChildren()):
        node = annotation.getChild(k)
        if node.getURI() == NAMESPACE and node.getName() == "species":
            parts = [node.getChild(j) for j in range(node.getNumChildren())]
            content = {part.getAttrValue("of"): _content(part) for part in parts if part.isElement()}
            return Notes(read_number(node.getAttrValue("D")), node.getAttrValue("group"), content)
    return Notes()


def _content(part: libsbml.XMLNode) -> int:
    number = read_whole(part.getAttrValue("number"))
    if not 0 <= number <= limits.MOST_CONTENT:
        raise ValueError(f"content of {part.getAttrValue('of')!r} is not a number from 0 to {limits.MOST_CONTENT}")
    return number
