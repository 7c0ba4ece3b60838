"""Statements of the papers that the models do not reproduce; the guides say why."""

from __future__ import annotations

DO_NOT_HOLD = {
    "odonnell2011.fig3": {"exact-independent"},
    "odonnell2011.fig4": {"exact-similar-effect", "under-large-less-sensitive"},
    "odonnell2011.fig5": {"over-two-peaks-uniform"},
    "odonnell2011.fig6": {
        "medium-depresses-printed", "neck-negligible", "strongest-resistant", "weak-glun-convergence",
    },
    "odonnell2011.fig7": {"buffers-not-saturated"},
    "maki2020.stdp": {"gated"},
}  # fmt: skip
