"""Every folder with an `__init__.py` is a sub-package of nanospine of that name; all else is in `pyproject.toml`."""

from setuptools import find_packages, setup

FOLDERS = {f"nanospine.{name}": name.replace(".", "/") for name in find_packages(exclude=["nanospine"])}

setup(packages=["nanospine", *FOLDERS], package_dir=FOLDERS)
