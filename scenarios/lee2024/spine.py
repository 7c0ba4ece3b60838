"""The mushroom on its dendrite as a model."""

from __future__ import annotations

from ...model import Model, Reaction, Release, Sampler, Schedule, Scheme, Species, proteins, published_voltage
from ...model.proteins import RYR, SERCA
from ...model.units import molecules
from ..bell2022.spines import APPARATUS, area, fixed_buffer
from .geometry import Anatomy
from .parameters import Parameters

#: Ca2+ in the apparatus is a species of its own, as in the source: it does not decay there.
LUMEN = "Ca_ER"
IN_SPINE = "spine"


def ryr_model(p: Parameters, anatomy: Anatomy) -> Model:
    """Build the model.

    Channels and fixed buffer are on the spine, pumps on the dendrite, too. Ca2+ and mobile buffer begin in the spine
    alone, here in its head, and nothing starts in equilibrium, as in the source. The dendrite's ends reflect.
    """
    voltage = published_voltage(p.potential)
    glutamate = Schedule.decays([0.0], p.glutamate_decay, p.glutamate)
    mesh, pumped = anatomy.mesh, (*anatomy.spine, *anatomy.dendrite)
    store = tuple(f"{APPARATUS}.{region}" for region in mesh.parts[APPARATUS].region_names)
    channels, receptors = round(p.vscc * area(mesh, anatomy.spine)), round(p.nmdar * area(mesh, anatomy.psd))
    buffer = proteins.simple_buffer("Bm", 0.0, on=1.0, off=1.0, D=p.D_buffer, start_calcium=0.0, group="buffer")
    return Model(
        mesh,
        [
            Scheme((Species("Ca", p.D_calcium, content={"Ca": 1}), Species(LUMEN, p.D_calcium, content={"Ca": 1}))),
            Scheme(reactions=(Reaction("Ca -> 0", p.decay, name="decay"),)),
            Scheme(buffer.species, buffer.reactions),
            fixed_buffer(p, anatomy.spine),
            proteins.pmca(p.pmca, pumped, 0.0),
            proteins.ncx(p.ncx, pumped, 0.0),
            proteins.vscc(voltage, number=channels, region=anatomy.spine, start="C0"),
            proteins.nmda_receptor_jahr(glutamate, voltage, number=receptors, region=anatomy.psd),
            proteins.serca(p.serca, store, rates="archived" if p.serca_rates == "archived" else SERCA, lumen=LUMEN),
            proteins.ryr(
                rates="archived" if p.ryr_rates == "archived" else RYR,
                number=p.ryr,
                lumen=LUMEN,
                region=anatomy.receptors,
            ),
            *(() if p.leak == "archived" else (proteins.leak(region=store, lumen=LUMEN),)),
        ],
        releases=[
            in_spine(anatomy, "Ca", p.calcium_rest),
            in_spine(anatomy, "Bm", p.mobile_buffer),
            Release(LUMEN, concentration=p.calcium_apparatus, compartment=APPARATUS),
        ],
        samplers=[Sampler(IN_SPINE, "Ca", within=anatomy.zone)],
    )


def in_spine(anatomy: Anatomy, species: str, concentration: float) -> Release:
    """Release a species in the head of the spine, as many as make a concentration (uM) of the spine."""
    number = round(molecules(concentration, anatomy.volume))
    return Release(species, number=number, within=anatomy.beside)
