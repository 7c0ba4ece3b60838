"""What the paper says in its results beside what the scenarios test, figure by figure, and why there is no claim."""

from __future__ import annotations

from ..base import Untested

ASSUMED = "an assumption of the model"
CONCLUSION = "a conclusion from the claims above"
OTHERS = "a comparison with others' data, which the model does not hold"

FIG1 = (
    Untested("The number of GluAs, and so strength, is in proportion to head volume", "Fig. 1Aiii", ASSUMED),
    Untested(
        "Influx grows in proportion to volume, less or more", "Fig. 1C", "the definition of the three relations"
    ),
    Untested(
        "A spine that doubles its volume and trebles its GluNs overcompensates", "p. 16146",
        "arithmetic: alpha is ln 3/ln 2 = 1.58",
    ),
    Untested(
        "Exact compensation needs a channel density that scales with the radius as r 3/2 (as printed)", "p. 16146",
        "arithmetic, which disagrees: numbers as r^3 on an area of r^2 are a density as r",
    ),
    Untested(
        "Other scalings on the same side of exact compensation behave alike", "p. 16143",
        "settings: run with `alpha_under` or `alpha_over` changed",
    ),
)  # fmt: skip

FIG2 = (
    Untested(
        "Exact compensation stores binary information, not robustly; undercompensation continuous and overcompensation "
        "binary information, robustly", "p. 16148", CONCLUSION,
    ),
    Untested("Binary synapses store less than those with many states, but robustly", "p. 16148", "others' results"),
    Untested(
        "More or less Ca2+ influx shifts the stable strength and the threshold", "p. 16154",
        "as thresholds of the rule do, in reverse: the search over them shows it",
    ),
)  # fmt: skip

FIG3 = (
    Untested(
        "In undercompensation synapses of intermediate strength eventually come back to baseline", "p. 16149",
        "a run shows that they fall, not how far",
    ),
    Untested(
        "Overcompensation sorts memory events into strong and persistent, and weak and transient", "p. 16149",
        CONCLUSION,
    ),
)  # fmt: skip

FIG4 = (
    Untested(
        "Once a synapse is back at baseline the information in it is lost", "p. 16149", "the definition of retention"
    ),
    Untested("Flips would degrade memory storage", "p. 16150", CONCLUSION),
    Untested("Imperfect matching of Ca2+ and size may help storage", "p. 16150", CONCLUSION),
)  # fmt: skip

FIG5 = (
    Untested("Undercompensation agrees best with measured distributions of strength", "p. 16150", OTHERS),
)  # fmt: skip

FIG6 = (
    Untested("Ca2+ in the model reproduces measured transients", "p. 16145", OTHERS),
    Untested(
        "The endogenous buffer has a capacity of 20 and binds about 95 % of the influx", "p. 16145",
        "arithmetic with Table 1, far below the buffer's 5 uM: 100 uM x 100/500, and 20/21",
    ),
    Untested("Neck and head do not scale together", "p. 16145", ASSUMED),
    Untested("The prediction depends on how GluN number scales with size", "p. 16145", "only weak growth is tested"),
    Untested("A strong stimulus can still reset a strong synapse", "p. 16151", "follows from all-converge"),
    Untested("CA1 spines undercompensate", "p. 16151", CONCLUSION),
    Untested(
        "Channels that scale differently may put one spine into several relations, by the stimulus", "p. 16153",
        "no scenario",
    ),
)  # fmt: skip

FIG7 = (
    Untested(
        "The bulk adds so much to local [Ca2+] that a smaller head raises it at all distances", "p. 16152",
        "the rise is tested, its cause is not",
    ),
    Untested("Nanodomains form and vanish within hundreds of microseconds", "p. 16145", "no readout of an opening"),
    Untested(
        "Short openings cut nanodomains off, which makes the head's size matter more", "p. 16145",
        "needs runs with a channel that stays open",
    ),
    Untested("In small heads mobile sensors come closer to the sources", "p. 16153", "no readout"),
)  # fmt: skip
