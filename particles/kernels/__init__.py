"""Numba kernels of the particle engine: flat arrays in, status codes out."""
