"""Where tests find their data, and the reference data beside a checkout."""

from pathlib import Path

TESTS = Path(__file__).resolve().parent
ROOT = TESTS.parent
DATA = TESTS / "data"
#: Outputs of independent programs, which do not come with the package.
REFERENCE = ROOT.parent / "shared" / "reference"
