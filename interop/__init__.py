"""Interoperability with other simulators."""
