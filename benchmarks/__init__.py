"""Workloads whose speed is compared with that of other simulators."""

from .workloads import WORKLOADS, Measurement, Workload, measure

__all__ = ["WORKLOADS", "Measurement", "Workload", "measure"]
