"""Lowering: from a model to the flat arrays that the kernels read; the only place where units are converted."""
