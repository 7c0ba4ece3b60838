"""Exchange with other programs: models in their formats, MCell's outputs, and statistical comparison."""

from .comparison import ColumnComparison, Comparison, compare
from .comparison_figure import draw_comparison
from .formats import read_model, write_model
from .mdl import MdlModel, read_mdl, run_mdl, write_mdl
from .reaction_data import label_counts, read_counts, read_seeds, write_counts
from .result_sets import load_results, read_mapping
from .tables import read_tables
from .viz_data import is_viz_directory, read_frame, read_viz, to_trajectory

__all__ = [
    "ColumnComparison",
    "Comparison",
    "MdlModel",
    "compare",
    "draw_comparison",
    "is_viz_directory",
    "label_counts",
    "load_results",
    "read_counts",
    "read_frame",
    "read_mapping",
    "read_mdl",
    "read_model",
    "read_seeds",
    "read_tables",
    "read_viz",
    "run_mdl",
    "to_trajectory",
    "write_counts",
    "write_mdl",
    "write_model",
]
