"""Workloads whose speed is compared with other particle simulators."""

from .workloads import WORKLOADS, Measurement, Workload, measure

__all__ = ["WORKLOADS", "Measurement", "Workload", "measure"]
