"""A spine with NMDA receptors and R-type Ca2+ channels under an EPSP, an action potential, and both."""

import numpy as np

from nanospine import Ball, Model, Sampler, Schedule, Simulation, Voltage, proteins, spine
from nanospine.model.proteins import GHKFlux
from nanospine.neurons.calcium_channels import calcium_channel
from nanospine.viz.style import BLUE, GREEN, ORANGE, label_panels, new_figure

GLUTAMATE, SPIKE, END = 2e-3, 12e-3, 30e-3  # s
TRIALS = 4
REST = Voltage.constant(-65.0)
EPSP, AP = Voltage.epsp(GLUTAMATE, 10.0), Voltage.action_potential(SPIKE)
PROTOCOLS = {"EPSP": (1000.0, REST + EPSP), "AP": (0.0, REST + AP), "EPSP and AP": (1000.0, REST + EPSP + AP)}
COLOURS = dict(zip(PROTOCOLS, (BLUE, ORANGE, GREEN), strict=True))
MESH = spine("mushroom", head_radius=0.25, psd_area=0.08, dendrite_radius=0.25, dendrite_length=0.3)
# 75 pS/um^2 (O'Donnell et al. 2011, Table 1) on the head are about ten channels of 5 pS, 0.15 pA at -20 mV (inferred).
R_FLUX = GHKFlux.from_current(0.15, -20.0)
TOP = float(MESH.vertices[:, 2].max())  # um


def model(glutamate: float, voltage: Voltage) -> Model:
    """Return the spine; glutamate (uM) is there for 1 ms."""
    return Model(
        MESH,
        schemes=[
            proteins.calcium(),
            proteins.calbindin(),
            proteins.calmodulin(),
            proteins.immobile_buffer(),
            proteins.pmca(),
            proteins.ncx(),
            proteins.nmda_receptor(
                Schedule.pulses([GLUTAMATE], 1e-3, glutamate), voltage, number=5, region="psd", name="NMDA"
            ),
            calcium_channel("R", voltage, R_FLUX, number=10, region="head"),
        ],
        samplers=[
            Sampler("below the PSD", "Ca", within=Ball((0.0, 0.0, TOP), 0.05)),
            Sampler("head", "Ca", within=Ball((0.0, 0.0, TOP - 0.25), 0.25)),
        ],
    )


def mean(what: str, name: str, results: list) -> np.ndarray:
    """Return the mean over trials of a reaction's ions per ms or of a sampler's concentration."""
    if what == "ions":
        return np.mean([np.diff(r.dataset["event"].sel(reaction=name)) / 0.2 for r in results], axis=0)
    return np.mean([r.sampled_concentration(name)[1:] for r in results], axis=0)


runs = {
    name: [Simulation(model(*protocol), seed=1, trial=k).run(END, every=0.2e-3) for k in range(TRIALS)]
    for name, protocol in PROTOCOLS.items()
}
time = runs["AP"][0].time * 1e3  # ms
middle = (time[1:] + time[:-1]) / 2
figure = new_figure(6.5, 4.8)
axes = figure.subplots(2, 2, sharex=True)
for name, (_, voltage) in PROTOCOLS.items():
    fine = np.linspace(0, END, 2000)
    axes[0, 0].plot(fine * 1e3, voltage.at(fine), color=COLOURS[name], label=name)
    axes[1, 0].plot(middle, mean("uM", "below the PSD", runs[name]), color=COLOURS[name], label=name)
    axes[1, 1].plot(middle, mean("uM", "head", runs[name]), color=COLOURS[name], label=name)
for reaction, label, name, colour in (
    ("NMDA_in", "NMDA", "EPSP", BLUE), ("NMDA_in", "NMDA", "EPSP and AP", GREEN), ("CaR_in", "R type", "AP", ORANGE)
):  # fmt: skip
    axes[0, 1].plot(middle, mean("ions", reaction, runs[name]), color=colour, label=f"{label}, {name}")
axes[0, 0].set(ylabel="potential (mV)")
axes[0, 1].set(ylabel="Ca$^{2+}$ entering (ions/ms)")
axes[1, 0].set(xlabel="time (ms)", ylabel="[Ca$^{2+}$] at the PSD (µM)")
axes[1, 1].set(xlabel="time (ms)", ylabel="[Ca$^{2+}$] in the head (µM)")
for axis, place in zip(axes.flat, ("upper right", "upper left", "upper left", "upper left"), strict=True):
    axis.legend(loc=place)
label_panels(axes.flat, "ABCD")
figure.savefig("spine_pairing.png", dpi=200)
