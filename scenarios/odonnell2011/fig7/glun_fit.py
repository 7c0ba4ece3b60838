"""Which influx through a GluN makes the saturation of buffers negligible, as the paper says: a search over rates.

Run it with ``python -m nanospine.scenarios.odonnell2011.fig7.glun_fit [FILE.csv]``. For each rate and volume it prints,
and writes to the file, the steady state of the head, well mixed: [Ca2+] before the channel first opens (``closed``),
with the channel's mean influx (``mean``), and in that run while it is open (``open``); the bound share of each buffer;
the ``capacity``, the rate at which buffers bind an ion over that at rest; and the share of local [Ca2+] that is ``due``
to saturation, at the nearest cube and at the one where it is most. A second table has the capacity that the channel
leaves without any GluN, after one opening of mean length and after some time.
"""

from __future__ import annotations

import sys
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from ....bulk import ODE
from ....model import Model, Reaction, units
from ....model.proteins import NCX, PMCA
from .head import cube_name, spine_head
from .parameters import Parameters
from .saturation import NEGLIGIBLE, buffer_states, buffers_at, gain, nanodomain

if TYPE_CHECKING:
    from collections.abc import Sequence

    import pandas as pd

Floats = NDArray[np.float64]

RATES = (10.0, 30.0, 100.0, 300.0, 1e3, 3e3, 1e4, 1.505e4, 3e4, 1e5)
"""Ca2+ per second and GluN."""
TIMES = (0.01, 0.04, 0.1, 0.3)
"""When the filling of a head is looked at (s)."""
MOST = 1e4
"""[Ca2+] (uM) that no head reaches."""


def neck_conductance(p: Parameters) -> float:
    """Return what leaves through the neck patch per [Ca2+], um^3/s.

    A window with room on both sides passes ``2 D a`` (Berg 1993, Random Walks in Biology, p. 34, one side), with the
    radius a of the disk that has its area.
    """
    return 2 * p.D_calcium * p.neck_edge / float(np.sqrt(np.pi))


def removal(p: Parameters, volume: float, calcium: float) -> float:
    """Return the ions per second that pumps, less their leak, and neck take from a head at a [Ca2+] (uM)."""
    area = 6 * volume ** (2 / 3) - p.neck_edge**2
    removed = neck_conductance(p) * calcium * units.MOLECULES_PER_UM3_PER_UM
    for rates, density in ((PMCA, p.pmca), (NCX, p.ncx)):
        bound = rates.bound_fraction(calcium)
        removed += density * area * (rates.extrusion * bound - rates.leak * (1 - bound))
    return removed


def steady_calcium(p: Parameters, volume: float, influx: float) -> float:
    """Return the [Ca2+] (uM) at which removal balances an influx (ions/s)."""
    from scipy.optimize import brentq

    return float(brentq(lambda calcium: removal(p, volume, calcium) - influx, 0.0, MOST))


def rise_while_open(p: Parameters, volume: float) -> float:
    """Return by how much bulk [Ca2+] (uM) while the channel is open exceeds its mean over time, with full buffers.

    A random telegraph through a linear filter: the flux relaxes at ``1/(open time (1 - p))``, the head at G/V.
    """
    conductance = neck_conductance(p)
    gate = 1 / (p.ltype_open_time * (1 - p.ltype_open_probability))
    share = (1 - p.ltype_open_probability) * conductance / (conductance + gate * volume)
    return p.rate_of_ltype / (conductance * units.MOLECULES_PER_UM3_PER_UM) * share


def well_mixed(p: Parameters, volume: float) -> Model:
    """Return the head for the well-mixed engines, with a reaction in place of the neck."""
    head = spine_head(p, volume)
    neck = Reaction("Ca -> 0", neck_conductance(p) / volume, name="neck")
    return replace(head, boundaries=(), samplers=(), reactions=(*head.reactions, neck))


def follow(p: Parameters, volume: float, duration: float) -> tuple[Floats, Floats]:
    """Follow a head from rest: time (s) and capacity, shape (n,) each."""
    model = well_mixed(p, volume)
    result = ODE().run(model, duration)
    binding = [state.binding * result.concentration(name) for name, state in buffer_states(model).items()]
    return result.time, np.sum(binding, axis=0) / buffers_at(p, p.calcium_rest).binding_rate


def row(p: Parameters, volume: float) -> dict[str, float]:
    """Return one row of the table: the head of one volume, with the rates of ``p``."""
    glun = p.n_glun * p.rate_per_glun
    closed = steady_calcium(p, volume, glun)
    mean = steady_calcium(p, volume, glun + p.rate_of_ltype * p.ltype_open_probability)
    opened = mean + rise_while_open(p, volume)
    states = {"closed": buffers_at(p, closed), "mean": buffers_at(p, mean)}
    at_rest, binding = buffers_at(p, p.calcium_rest).binding_rate, states["mean"].binding_rate
    due = {r: float(gain(p, volume, r, binding) / (opened + nanodomain(p, volume, r, binding))) for r in p.distances}
    nearest = p.distances[0]
    return {
        "GluN (1/s)": p.rate_per_glun,
        "volume (um^3)": volume,
        "closed (uM)": closed,
        "mean (uM)": mean,
        "open (uM)": opened,
        **{f"{name} {state}": share for state, buffers in states.items() for name, share in buffers.bound.items()},
        **{f"capacity {state}": buffers.binding_rate / at_rest for state, buffers in states.items()},
        f"due at {cube_name(nearest)}": due[nearest],
        "due at most": max(due.values()),
    }


def table(p: Parameters, rates: Sequence[float]) -> pd.DataFrame:
    """Return a row for each rate and volume."""
    import pandas as pd

    return pd.DataFrame([row(replace(p, glun_rate=rate), volume) for rate in rates for volume in p.volumes])


def openings(p: Parameters) -> pd.DataFrame:
    """Return for each volume the capacity after one mean opening, and what the channel alone leaves of it."""
    import pandas as pd

    once = replace(p, n_glun=1, glun_rate=p.rate_of_ltype, ltype_rate=0.0)  # a source that never closes
    rows = []
    for volume in p.volumes:
        after_one = follow(once, volume, p.ltype_open_time)[1][-1]
        time, capacity = follow(replace(p, glun_rate=0.0), volume, max(TIMES))
        alone = {f"alone {1000 * t:g} ms": float(np.interp(t, time, capacity)) for t in TIMES}
        rows.append({"volume (um^3)": volume, "capacity after one opening": after_one} | alone)
    return pd.DataFrame(rows)


def holding(found: pd.DataFrame, holds: pd.Series[bool]) -> str:
    """Return the rates at which something holds at every volume."""
    rates = [f"{rate:g}" for rate, all_ in holds.groupby(found["GluN (1/s)"]).all().items() if all_]
    return ", ".join(rates) or "none"


def main() -> None:
    """Print both tables and what holds at every volume, and write the first."""
    p = Parameters()
    found = table(p, RATES)
    print(found.to_string(index=False, float_format="{:.4g}".format))
    print(openings(p).to_string(index=False, float_format="{:.3f}".format))
    most = 1 - NEGLIGIBLE
    sentences = {
        f"less than {NEGLIGIBLE:.0%} of local [Ca2+] is due to saturation": found["due at most"] < NEGLIGIBLE,
        f"{most:.0%} of the capacity is there at the first opening": found["capacity closed"] > most,
        f"{most:.0%} of the capacity is there in the steady state": found["capacity mean"] > most,
    }
    print("\nRates (Ca2+/s per GluN) at which, at every volume,")
    print(*(f"  {what}: {holding(found, holds)}" for what, holds in sentences.items()), sep="\n")
    if len(sys.argv) > 1:
        found.to_csv(sys.argv[1], index=False)


if __name__ == "__main__":
    main()
