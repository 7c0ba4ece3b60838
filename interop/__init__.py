"""Exchange with other programs: MCell's models (MDL) and outputs, and statistical comparison."""

from .reaction_data import read_counts, read_seeds, write_counts
from .viz_data import read_frame, read_viz, to_trajectory

__all__ = [
    "read_counts",
    "read_frame",
    "read_seeds",
    "read_viz",
    "to_trajectory",
    "write_counts",
]
