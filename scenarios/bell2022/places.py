"""Places of the voltage-sensitive channels in a spine of revolution."""

from __future__ import annotations

import numpy as np

from ...geometry import TriangleMesh
from ...geometry.regions import Grown, Height, Region, Selector
from ...model import checks

#: The region of the channels.
VSCC_REGION = "vscc"
#: Area of each place, as a share of the membrane's (inferred; the sizes in the archived models were not read).
SHARE = 0.05
PLACES = ("ring", "cluster", "neck base")


def with_place(membrane: TriangleMesh, place: str) -> TriangleMesh:
    """Return a membrane with a region ``vscc``, cut to some 5 % of its area.

    Parameters
    ----------
    membrane : TriangleMesh
        A spine of revolution around z.
    place : str
        ``"ring"``, around the widest part of the head; ``"cluster"``, a patch on that ring; ``"neck base"``, around
        the neck just above its base.

    Raises
    ------
    ModelError
        If the place is unknown.
    """
    checks.one_of("Place of the VSCCs", place, PLACES)
    area = SHARE * membrane.area()
    away = np.hypot(*membrane.vertices[:, :2].T)
    widest = int(np.argmax(away))
    height = float(membrane.vertices[widest, 2])
    neck = float(away[membrane.faces[membrane.region_faces("base")]].max())
    half = area / (4 * np.pi * away[widest])  # of a band around a ball or a cylinder, which these nearly are
    where: dict[str, Selector] = {
        "ring": Region("head") & Height(height - half, height + half),
        "cluster": Grown(tuple(membrane.vertices[widest].tolist()), area),
        "neck base": Region("neck") & Height(high=area / (2 * np.pi * neck)),
    }
    return membrane.with_region(VSCC_REGION, where[place], exact=True)
