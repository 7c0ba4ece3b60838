"""Reading the reference integrations of O'Donnell et al. (2011), Fig. 6."""

from __future__ import annotations

import pandas as pd
import places
import pytest

FULL = places.REFERENCE / "odonnell2011_fig6"
SMALL = places.DATA / "odonnell2011_fig6"

COLUMNS = {
    "V_sp_mV": "V_sp", "V_neck_mV": "V_neck", "V_dend_mV": "V_dend",
    "Ca_sp_uM": "Ca_sp", "Ca_neck_uM": "Ca_neck", "Ca_dend_uM": "Ca_dend",
    "B_free_sp_uM": "B_sp", "head_radius_um": "head_radius", "gAMPA_pS": "gAMPA",
}  # fmt: skip


def read_full(name: str) -> pd.DataFrame:
    """Read a file of the whole reference, or skip the test where it is not at hand."""
    path = FULL / name
    if not path.exists():
        pytest.skip("the reference integrations (../shared/reference/odonnell2011_fig6) are not here")
    return pd.read_csv(path)


def read_small(name: str) -> pd.DataFrame:
    """Read a file of the copy that travels with the tests: every tenth stored point."""
    return pd.read_csv(SMALL / name)
