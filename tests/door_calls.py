"""A valid call of every public constructor and function, and of what kind each of its arguments is."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import xarray as xr
from selector_calls import SELECTORS
from shape_calls import SHAPES

from nanospine import (
    ODE,
    SSA,
    Assembly,
    Ball,
    Boundary,
    Box,
    CalciumRule,
    CaReadout,
    Ellipsoid,
    Formula,
    Model,
    Particles,
    Polynomial,
    Population,
    Reaction,
    Release,
    Residence,
    Result,
    Sampler,
    Schedule,
    Scheme,
    Shell,
    Simulation,
    Species,
    Trajectory,
    TriangleMesh,
    Voltage,
    budget,
    compare,
    cube,
    escape_rate,
    load_mesh,
    load_results,
    neck_rate,
    part_volume,
    plot_mesh,
    proteins,
    published_voltage,
    read_mdl,
    read_model,
    read_sbml,
    read_tables,
    regions,
    repair_mesh,
    rerun,
    save_mesh,
    simulate,
    train_times,
    write_mdl,
    write_model,
    write_sbml,
)
from nanospine.interop import label_counts
from nanospine.model import Document


@dataclass(frozen=True)
class Call:
    """A call that works, with the kind of each argument."""

    function: Callable[..., Any]
    arguments: dict[str, Any]
    said: str = ""

    @property
    def kinds(self) -> dict[str, str]:
        """The kind of each argument, as said: ``"number: D dt; text: name"``."""
        groups = (group.split(":") for group in self.said.split(";") if group)
        return {name: kind.strip() for kind, names in groups for name in names.split()}

    def __call__(self, **changes: Any) -> Any:
        """Call with some arguments changed."""
        return self.function(**self.arguments | changes)


CUBE = cube(0.05)
PAIR = proteins.PairRates(1.0, 2.0, 3.0, 4.0)


@cache
def dye() -> Model:
    """Return a model that every engine runs in no time."""
    return Model(CUBE, species=[Species("A", 1.0)], reactions=[Reaction("A -> 0", 1.0)],
                 releases=[Release("A", number=5)])  # fmt: skip


@cache
def result() -> Result:
    return simulate(dye(), 2e-5, Particles(dt=1e-5), every=1e-5, frames=[0.0])


def trajectory(**changes: Any) -> Trajectory:
    found = result().trajectory
    assert found is not None
    return Trajectory(**vars(found) | changes)


@cache
def seeds() -> xr.DataArray:
    """Return what six seeds counted."""
    number = np.random.default_rng(1).normal(size=(6, 4, 1))
    return label_counts(np.arange(4.0), number, ["A"]).assign_coords(seed=np.arange(1, 7))


def calls(home: Path) -> dict[str, Call]:
    """Return the calls by name; those that read or write files do so in a directory."""
    return {
        "Species": Call(Species, {"name": "A", "D": 1.0, "where": "volume", "group": "", "content": {"Ca": 1}},
                        "text: name where group; number: D; counts: content"),
        "Reaction": Call(Reaction, {"equation": "A <-> B", "forward": 1.0, "backward": 2.0, "name": "r"},
                         "text: equation name forward_law backward_law; number: forward backward"),
        "Polynomial": Call(Polynomial, {"added": {"2 A": 1.0}, "subtracted": {"B": 2.0}}, "names: added subtracted"),
        "Formula": Call(Formula, {"text": "k*A", "constants": {"k": 1.0}}, "text: text; names: constants"),
        "Formula.scaled": Call(Formula("A").scaled, {"factor": 2.0}, "number: factor"),
        "Formula.value": Call(Formula("A").value, {"concentrations": {"A": 1.0}, "time": 0.5}, "number: time"),
        "Schedule": Call(Schedule, {"times": [0.0, 1.0], "values": [1.0, 2.0]}, "numbers: times values"),
        "Schedule.pulses": Call(Schedule.pulses, {"onsets": [0.0, 1.0], "duration": 0.5, "height": 1.0},
                                "array: onsets; number: duration height"),
        "Schedule.decays": Call(Schedule.decays, {"onsets": [0.0, 1.0], "decay": 0.5, "height": 1.0},
                                "array: onsets; number: decay height"),
        "Schedule.at": Call(Schedule([0.0], [1.0]).at, {"time": 0.5}, "array: time"),
        "Schedule.scaled": Call(Schedule([0.0], [1.0]).scaled, {"factor": 2.0}, "number: factor"),
        "Schedule.integral": Call(Schedule([0.0], [1.0]).integral, {"until": 2.0}, "number: until"),
        "Voltage": Call(Voltage, {"times": [0.0, 1.0], "mV": [1.0, 2.0]}, "numbers: times mV"),
        "Voltage.constant": Call(Voltage.constant, {"mV": -65.0}, "number: mV"),
        "Voltage.steps": Call(Voltage.steps, {"times": [0.0, 1.0], "mV": [1.0, 2.0]}, "numbers: times mV"),
        "Voltage.from_function": Call(
            Voltage.from_function,
            {"function": lambda t: t, "duration": 1.0, "accuracy_mV": 0.1, "jumps": ()},
            "function: function; number: duration accuracy_mV; numbers: jumps"),
        "Voltage.action_potential": Call(
            Voltage.action_potential,
            {"at": 0.0, "amplitude_mV": 100.0, "slow_share": 0.25, "fast_s": 3e-3, "slow_s": 25e-3},
            "number: at amplitude_mV slow_share fast_s slow_s"),
        "Voltage.epsp": Call(Voltage.epsp, {"at": 0.0, "amplitude_mV": 10.0, "rise_s": 5e-3, "decay_s": 50e-3},
                             "number: at amplitude_mV rise_s decay_s"),
        "Voltage.rate_of": Call(Voltage.constant(-65.0).rate_of, {"function": abs, "accuracy": 0.02},
                                "function: function; number: accuracy"),
        "published_voltage": Call(published_voltage, {"name": "bell2022"}, "text: name"),
        "Box": Call(Box, {"center": (0.0, 0.0, 0.0), "edges": (0.1, 0.1, 0.1)}, "numbers: center edges"),
        "Ellipsoid": Call(Ellipsoid, {"center": (0.0, 0.0, 0.0), "radii": (0.1, 0.1, 0.1)},
                          "numbers: center radii"),
        "Ball": Call(Ball, {"center": (0.0, 0.0, 0.0), "radius": 0.1}, "numbers: center; number: radius"),
        "Shell": Call(Shell, {"center": (0.0, 0.0, 0.0), "inner": 0.1, "outer": 0.2},
                      "numbers: center; number: inner outer"),
        "Release": Call(
            Release, {"states": "A", "number": 5},
            "text: states region compartment; count: number; "
            "number: concentration density number_sd at probability; array: points; part: within"),
        "train_times": Call(train_times,
                            {"interval": 0.1, "number": 2, "delay": 0.0, "trains": 1, "train_interval": 1.0},
                            "number: interval delay train_interval; count: number trains"),
        "Boundary": Call(Boundary, {"region": "membrane", "species": "A", "rule": "clamp", "concentration": 1.0},
                         "text: region species rule; number: concentration velocity"),
        "Sampler": Call(Sampler, {"name": "s", "species": "A"},
                        "text: name species while_present; part: within"),
        "Residence": Call(Residence, {"name": "s", "species": "A", "region": "membrane"},
                          "text: name species region; part: within"),
        "Scheme": Call(Scheme, {}, "parts: species reactions releases"),
        "Model": Call(Model, {"mesh": CUBE, "species": [Species("A")]},
                      "part: mesh; parts: schemes species reactions releases boundaries samplers residences"),
        "Model.index": Call(dye().index, {"species": "A"}, "text: species"),
        "Model.from_document": Call(Model.from_document, {"document": dye().to_document()}, "part: document"),
        "Document": Call(Document, {"data": {}, "arrays": {}}, "names: data arrays"),
        "TriangleMesh": Call(
            TriangleMesh,
            {"vertices": CUBE.vertices, "faces": CUBE.faces, "face_region": CUBE.face_region,
             "region_names": CUBE.region_names, "name": "m"},
            "array: vertices faces face_region; texts: region_names; text: name; flag: known_sound"),
        "TriangleMesh.from_arrays": Call(
            TriangleMesh.from_arrays, {"vertices": CUBE.vertices, "faces": CUBE.faces},
            "array: vertices faces; names: regions; text: name; flag: unite known_sound"),
        "TriangleMesh.contains": Call(CUBE.contains, {"points": [[0.0, 0.0, 0.0]]}, "array: points"),
        "TriangleMesh.area": Call(CUBE.area, {"region": "membrane"}, "text: region"),
        "TriangleMesh.moved": Call(CUBE.moved, {"by": (0.0, 0.0, 1.0)}, "array: by"),
        "TriangleMesh.scaled": Call(CUBE.scaled, {"factor": 2.0}, "number: factor"),
        "TriangleMesh.rotated": Call(CUBE.rotated, {"axis": (0.0, 0.0, 1.0), "angle_deg": 30.0},
                                     "array: axis about; number: angle_deg"),
        "TriangleMesh.refined": Call(CUBE.refined, {"edge": 0.1}, "number: edge"),
        "TriangleMesh.coarsened": Call(CUBE.coarsened, {"triangles": 100}, "count: triangles"),
        "TriangleMesh.clipped": Call(CUBE.clipped, {"box": Box((0.0, 0.0, 0.0), (0.1, 0.1, 1.0))},
                                     "part: box; text: region; flag: drop"),
        "TriangleMesh.center": Call(CUBE.center, {"region": "membrane"}, "text: region"),
        "TriangleMesh.with_region": Call(
            CUBE.with_region, {"name": "top", "where": regions.Height(low=0.1), "exact": True},
            "text: name; part: where; flag: exact"),
        "TriangleMesh.without_region": Call(CUBE.with_region("top", regions.Height(low=0.1)).without_region,
                                            {"name": "top"}, "text: name"),
        **{f"regions.{name}": Call(getattr(regions, name), *given) for name, given in SELECTORS.items()},
        "plot_mesh": Call(plot_mesh, {"mesh": CUBE, "path": home / "mesh.png"}, "part: mesh; path: path; flag: edges"),
        "Assembly": Call(Assembly, {"parts": {"a": CUBE}, "name": "x"}, "names: parts; text: name"),
        **{shape.__name__: Call(shape, *given) for shape, given in SHAPES.items()},
        "neck_rate": Call(neck_rate, {"D": 220.0, "area": 0.01, "length": 0.5, "volume": 0.1},
                          "number: D area length volume"),
        "escape_rate": Call(escape_rate, {"mesh": CUBE, "region": "membrane", "D": 1.0, "molecules": 10},
                            "part: mesh; text: region; number: D dt; count: molecules seed"),
        "part_volume": Call(lambda mesh: part_volume(mesh, "membrane"), {"mesh": CUBE}, "part: mesh"),
        "load_mesh": Call(load_mesh, {"path": home / "cube.stl", "scale_to_um": 1.0},
                          "path: path; number: scale_to_um merge_um; names: regions; flag: flip unite repair"),
        "repair_mesh": Call(repair_mesh, {"path": home / "cube.stl", "scale_to_um": 1.0},
                            "path: path; number: scale_to_um merge_um; names: regions; flag: unite"),
        "save_mesh": Call(save_mesh, {"mesh": CUBE, "path": home / "saved.stl"}, "part: mesh; path: path"),
        "Particles": Call(Particles, {"dt": 1e-6, "voxel": 0.02, "escape": 3.0},
                          "number: dt voxel escape"),
        "SSA": Call(SSA, {"method": "exact", "epsilon": 0.03}, "text: method; number: epsilon"),
        "ODE": Call(ODE, {"rtol": 1e-5, "atol": 1e-9}, "number: rtol atol"),
        "Simulation": Call(Simulation, {"model": dye(), "engine": Particles(dt=1e-5), "seed": 1, "trial": 0},
                           "part: model engine start tables; count: seed trial"),
        "simulate": Call(
            simulate,
            {"model": dye(), "duration": 2e-5, "engine": Particles(dt=1e-5), "every": 1e-5, "seed": 1, "trial": 0},
            "part: model engine start progress; number: duration every observe_every checkpoint_every; "
            "count: seed trial; numbers: frames; function: observer; path: checkpoint"),
        "simulate ssa": Call(
            simulate, {"model": dye(), "duration": 2e-5, "engine": "ssa", "every": 1e-5, "seed": 1, "trial": 0},
            "part: model start; number: duration every; count: seed trial"),
        "simulate ode": Call(
            simulate, {"model": dye(), "duration": 2e-5, "engine": "ode", "every": 1e-5},
            "part: model start; number: duration every"),
        "rerun": Call(rerun, {"result": result()}, "part: result progress"),
        "Result": Call(Result, dict(vars(result())),
                       "part: dataset run trajectory population; flag: complete"),
        "Result.load": Call(Result.load, {"directory": home / "run"}, "path: directory"),
        "Result.number": Call(result().number, {"species": "A"}, "text: species"),
        "Result.concentration": Call(result().concentration, {"species": "A"}, "text: species"),
        "Result.readout": Call(result().readout, {"species": "A"}, "text: species sampler compartment"),
        "budget": Call(budget, {"result": result(), "moiety": "Ca"}, "part: result; text: moiety"),
        "CaReadout": Call(CaReadout, {"time": np.arange(2.0), "concentration": np.ones(2), "place": "x"},
                          "array: time concentration; text: place"),
        "CaReadout.of_ions": Call(CaReadout.of_ions, {"time": [0.0], "number": [1.0], "volume": 1.0},
                                  "array: time number; number: volume; text: place"),
        "CalciumRule": Call(CalciumRule, {}, "number: eta_p eta_d theta_p theta_d sigma_p sigma_d"),
        "CalciumRule.rate": Call(CalciumRule().rate, {"calcium_uM": 5.0}, "array: calcium_uM"),
        "CalciumRule.change": Call(CalciumRule().change, {"readout": CaReadout(np.arange(2.0), np.ones(2))},
                                   "part: readout; number: weight"),
        "Population": Call(
            Population,
            {"time": 0.0, "species_names": ("A",), "species": np.zeros(1, int), "position": np.zeros((1, 3))},
            "number: time; texts: species_names; array: species position face compartment"),
        "Population.load": Call(Population.load, {"path": home / "run" / "population.zarr"}, "path: path"),
        "Trajectory": Call(trajectory, {}, "array: time start position species vertices faces face_region; "
            "texts: species_names species_groups region_names; counts: species_calcium"),
        "Trajectory.load": Call(Trajectory.load, {"path": home / "run" / "trajectory.zarr"}, "path: path"),
        "Trajectory.frame": Call(trajectory().frame, {"index": 0}, "count: index"),
        "load_results": Call(load_results, {"path": home / "run"}, "path: path; text: select"),
        "compare": Call(compare, {"a": seeds(), "b": seeds()},
                        "part: a b; names: mapping; flag: interpolate; number: alpha"),
        "read_model": Call(read_model, {"path": home / "model.xml"}, "path: path; text: format; part: mesh"),
        "write_model": Call(write_model, {"model": dye(), "path": home / "other.xml"},
                            "part: model; path: path; text: format"),
        "read_mdl": Call(read_mdl, {"path": home / "model.mdl"},
                         "path: path; count: seed; text: absorber; texts: allow_path"),
        "write_mdl": Call(
            write_mdl, {"model": dye(), "path": home / "other.mdl", "time_step": 1e-6, "duration": 1e-5, "every": 1e-6},
            "part: model; path: path; number: time_step duration every; flag: approximate"),
        "read_sbml": Call(read_sbml, {"path": home / "model.xml"}, "path: path; part: mesh"),
        "write_sbml": Call(write_sbml, {"model": dye(), "path": home / "other.xml"},
                           "part: model; path: path; flag: approximate"),
        "read_tables": Call(
            read_tables, {"species_csv": home / "species.csv", "reactions_csv": home / "reactions.csv", "mesh": CUBE},
            "path: species_csv reactions_csv pools_csv; part: mesh"),
        **_proteins(),
    }  # fmt: skip


def _proteins() -> dict[str, Call]:
    made = {
        "PairRates": Call(proteins.PairRates, dict(vars(PAIR)),
                          "number: on_first off_first on_second off_second"),
        "PairRates.occupancy": Call(PAIR.occupancy, {"calcium": 1.0}),
        "PumpRates": Call(proteins.PumpRates, {"on": 1.0, "off": 1.0, "extrusion": 1.0, "leak": 0.0},
                          "number: on off extrusion leak"),
        "two_pair_protein": Call(
            proteins.two_pair_protein,
            {"name": "X", "group": "x", "total": 1.0, "D": 1.0, "first": PAIR, "second": PAIR, "calcium": 0.0},
            "text: name group; part: first second; number: total D calcium"),
        "calcium": Call(proteins.calcium, {}, "number: concentration D"),
        "calbindin": Call(proteins.calbindin, {}, "number: total start_calcium D"),
        "calmodulin": Call(proteins.calmodulin, {}, "number: total start_calcium D"),
        "immobile_buffer": Call(proteins.immobile_buffer, {}, "number: total start_calcium"),
        "simple_buffer": Call(proteins.simple_buffer, {"name": "B", "total": 1.0, "on": 1.0, "off": 1.0},
                              "text: name group; number: total on off D start_calcium"),
        "pump": Call(proteins.pump, {"name": "P", "group": "p", "rates": proteins.NCX, "density": 1.0},
                     "text: name group region; part: rates; number: density start_calcium"),
        "pmca": Call(proteins.pmca, {}, "text: region; number: density start_calcium"),
        "ncx": Call(proteins.ncx, {}, "text: region; number: density start_calcium"),
        "glun_calcium_rate": Call(proteins.glun_calcium_rate, {"voltage_mV": -65.0},
            "number: voltage_mV conductance_pS calcium_fraction open_probability reversal_mV"),
        "constant_source": Call(proteins.constant_source, {"name": "S", "group": "s", "rate": 1.0, "number": 1},
                                "text: name group region event; number: rate; count: number"),
        "two_state_channel": Call(
            proteins.two_state_channel,
            {"name": "C", "group": "c", "rate_open": 1.0, "open_probability": 0.5, "mean_open_time": 1e-3,
             "point": (0.0, 0.0, 0.0)},
            "text: name group event; array: point; flag: start_open; number: rate_open "
            "open_probability mean_open_time"),
        "magnesium_block": Call(proteins.magnesium_block, {"voltage_mV": -65.0},
                                "array: voltage_mV; number: magnesium_mM slope_per_mV"),
        "ions_per_second": Call(proteins.ions_per_second, {"current_pA": 1.0, "valence": 2},
                                "number: current_pA; count: valence"),
        "OhmicFlux": Call(proteins.OhmicFlux, {"conductance_pS": 1.0, "reversal_mV": 0.0},
            "number: conductance_pS reversal_mV calcium_fraction magnesium_mM"),
        "GHKFlux": Call(proteins.GHKFlux, {"permeability_um3_per_s": 1.0},
            "count: valence; number: permeability_um3_per_s outside_uM inside_uM "
            "temperature_C magnesium_mM"),
        "GHKFlux.from_current": Call(
            proteins.GHKFlux.from_current, {"current_pA": 1.0, "at_mV": -65.0},
            "count: valence; number: current_pA at_mV outside_uM inside_uM temperature_C "
            "magnesium_mM"),
        "Transition": Call(proteins.Transition, {"equation": "C <-> O", "forward": 1.0, "backward": 1.0},
                           "text: equation name; number: forward backward"),
        "markov_channel": Call(
            proteins.markov_channel,
            {"name": "N", "group": "n", "states": ["C", "O"],
             "transitions": [proteins.Transition("C <-> O", 1.0, 1.0)], "conducting": {"O": 1.0}, "number": 1},
            "text: name group start ion event; texts: states; parts: transitions; names: conducting; "
            "part: voltage; count: number"),
        "Gate": Call(proteins.Gate, {"name": "m", "number": 2, "opening": 1.0, "closing": 1.0},
                     "text: name; count: number; number: opening closing"),
        "hodgkin_huxley_channel": Call(
            proteins.hodgkin_huxley_channel,
            {"name": "H", "group": "h", "gates": [proteins.Gate("m", 1, 1.0, 1.0)], "flux": 1.0, "number": 1},
            "text: name group ion event; parts: gates; number: flux; part: voltage; count: number"),
        "NmdaRates": Call(proteins.NmdaRates, dict(vars(proteins.NMDA_DESTEXHE)),
            f"number: {' '.join(vars(proteins.NMDA_DESTEXHE))}"),
        "nmda_receptor": Call(
            proteins.nmda_receptor, {"glutamate": 1.0, "voltage": Voltage.constant(-65.0), "number": 1},
            "number: glutamate flux; part: voltage rates; text: name group; count: number"),
        "TwoArmRates": Call(proteins.TwoArmRates, dict(vars(proteins.NMDA_JAHR)),
            f"number: {' '.join(vars(proteins.NMDA_JAHR))}"),
        "nmda_receptor_jahr": Call(
            proteins.nmda_receptor_jahr, {"glutamate": 1.0, "voltage": Voltage.constant(-65.0), "number": 1},
            "number: glutamate flux; part: voltage rates; text: name group; count: number"),
        "VoltageStep": Call(proteins.VoltageStep, {"alpha": 1.0, "beta": 1.0, "slope_mV": 1.0},
                            "number: alpha beta slope_mV"),
        "VsccFlux": Call(proteins.VsccFlux, {}, "number: conductance_pS ratio slope_mV"),
        "vscc": Call(proteins.vscc, {"voltage": Voltage.constant(-65.0), "number": 1},
                     "part: voltage; parts: steps; number: flux; text: start name group; count: number"),
        "SercaRates": Call(proteins.SercaRates, {}, f"number: {' '.join(vars(proteins.SERCA))}"),
        "SercaRates.steady_state": Call(proteins.SERCA.steady_state, {"calcium": 1.0, "lumen": 60.0},
                                        "number: calcium lumen"),
        "SercaRates.turnover": Call(proteins.SERCA.turnover, {"calcium": 1.0, "lumen": 60.0}, "number: calcium lumen"),
        "serca": Call(proteins.serca, {}, "number: density; text: region start lumen; part: rates"),
        "Sites": Call(proteins.Sites, {"name": "a", "number": 1, "on": 1.0, "off": 1.0},
                      "text: name ligand; count: number"),
        "Sites.rates": Call(proteins.Sites("a", 1, 1.0, 1.0).rates, {"gate": "C"}, "text: gate"),
        "GateStep": Call(proteins.GateStep, {"equation": "C <-> O", "forward": 1.0, "backward": 1.0},
                         "text: equation; number: forward backward; names: filled gain"),
        "multisite_protein": Call(
            proteins.multisite_protein,
            {"name": "M", "group": "m", "gates": ["C"], "sites": [proteins.Sites("a", 2, 1.0, 1.0)], "number": 1},
            "text: name group start ion lumen; texts: gates; parts: sites steps; names: conducting passage; "
            "part: voltage; count: number"),
        "RyrRates": Call(proteins.RyrRates, {}, f"number: {' '.join(vars(proteins.RYR))}"),
        "ryr": Call(proteins.ryr, {"number": 1}, "part: rates; text: side start name group lumen; count: number"),
        "leak": Call(proteins.leak, {}, "number: permeability_um_per_s density; text: region lumen"),
    }  # fmt: skip
    return {f"proteins.{name}": call for name, call in made.items()}


def prepare(home: Path) -> None:
    """Write the files that the calls read, and compile what they run."""
    for engine in (SSA(), ODE()):
        simulate(dye(), 1e-5, engine, every=1e-5)
    save_mesh(CUBE, home / "cube.stl")
    result().save(home / "run")
    write_sbml(dye(), home / "model.xml", approximate=True)
    write_mdl(dye(), home / "model.mdl", time_step=1e-6, duration=1e-5, every=1e-6)
    (home / "species.csv").write_text("name,initial,unit\nA,1,uM\n")
    (home / "reactions.csv").write_text("name,reactants,products,forward,forward_unit\n")
