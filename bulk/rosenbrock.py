"""Kernels of RODAS: a linearly implicit method of order 4 with an embedded estimate of order 3, for stiff equations.

Hairer & Wanner (1996), Solving Ordinary Differential Equations II, 2nd ed., section IV.10 and the code of its appendix.
A one-step method loses nothing where a rate steps, as at the edges of a pulse, unlike one with a memory of past steps.
"""

from __future__ import annotations

import numpy as np

from ..compiled.jit import jit
from .kinetics import Kinetics, derivative, jacobian, negative_law
from .network import Floats
from .sparse_lu import Factors, factorise, solve_factored

DONE, TOO_MANY_STEPS, STEP_TOO_SMALL, NEGATIVE = 0, 1, 2, 3
STAGES = 6
GAMMA = 0.25
# Row i: weights of the earlier stages in the argument of the right-hand side of stage i.
A = np.array([
    [0.0, 0.0, 0.0, 0.0, 0.0],
    [1.544, 0.0, 0.0, 0.0, 0.0],
    [0.9466785280815826, 0.2557011698983284, 0.0, 0.0, 0.0],
    [3.314825187068521, 2.896124015972201, 0.9986419139977817, 0.0, 0.0],
    [1.221224509226641, 6.019134481288629, 12.53708332932087, -0.6878860361058950, 0.0],
    [1.221224509226641, 6.019134481288629, 12.53708332932087, -0.6878860361058950, 1.0],
])  # fmt: skip
# Row i: weights of the earlier stages, divided by the step, beside the right-hand side.
C = np.array([
    [0.0, 0.0, 0.0, 0.0, 0.0],
    [-5.6688, 0.0, 0.0, 0.0, 0.0],
    [-2.430093356833875, -0.2063599157091915, 0.0, 0.0, 0.0],
    [-0.1073529058151375, -9.594562251023355, -20.47028614809616, 0.0, 0.0],
    [7.496443313967647, -10.24680431464352, -33.99990352819905, 11.70890893206160, 0.0],
    [8.083246795921522, -7.981132988064893, -31.52159432874371, 16.31930543123136, -6.058818238834054],
])  # fmt: skip
#: Safety factor and limits of the change of the step from one to the next.
SAFETY, SHRINK, GROW = 0.9, 0.2, 6.0


@jit(error_model="numpy")
def first_step(y: Floats, slope: Floats, rtol: float, atol: float) -> float:
    """Return a step (s) in which the slopes change nothing by more than a hundredth."""
    fastest = 0.0
    for i in range(y.size):
        fastest = max(fastest, abs(slope[i]) / (atol / rtol + abs(y[i])))
    return 0.01 / fastest if fastest > 0.0 else np.inf


@jit(error_model="numpy")
def try_step(
    y: Floats, h: float, rate: Floats, kinetics: Kinetics, factors: Factors, matrix: Floats, stages: Floats,
    argument: Floats, right: Floats, work: Floats,
) -> None:  # fmt: skip
    """Write the solution after a step into ``argument``; the last of ``stages`` is the estimate of its error."""
    jacobian(y, matrix, rate, kinetics)
    for p in range(matrix.size):
        matrix[p] = -matrix[p]
    for p in factors.diagonal:
        matrix[p] += 1.0 / (h * GAMMA)
    factorise(matrix, work, factors)
    for i in range(STAGES):
        argument[:] = y
        for j in range(i):
            for s in range(y.size):
                argument[s] += A[i, j] * stages[j, s]
        derivative(argument, right, rate, kinetics)
        for j in range(i):
            for s in range(y.size):
                right[s] += C[i, j] / h * stages[j, s]
        solve_factored(matrix, factors, right, work, stages[i])
    for s in range(y.size):
        argument[s] += stages[STAGES - 1, s]


@jit(error_model="numpy")
def scaled_error(y: Floats, after: Floats, error: Floats, rtol: float, atol: float) -> float:
    """Return the root mean square of the errors relative to their tolerances; infinite if a number is lost."""
    total = 0.0
    for s in range(y.size):
        ratio = error[s] / (atol + rtol * max(abs(y[s]), abs(after[s])))
        total += ratio * ratio
    mean = np.sqrt(total / y.size)
    return mean if mean < np.inf else np.inf


@jit(error_model="numpy")
def integrate(
    y: Floats, begin: float, stop: float, h: float, rtol: float, atol: float, most_steps: int, rate: Floats,
    kinetics: Kinetics, factors: Factors,
) -> tuple[int, float, float]:  # fmt: skip
    """Advance ``y`` (uM) in place from one time (s) to another.

    ``h`` is the step to begin with, 0 if it is unknown. Returns a status, the time reached and the next step.
    """
    n = y.size
    matrix, stages = np.empty(factors.column.size), np.empty((STAGES, n))
    argument, right, work = np.empty(n), np.empty(n), np.empty(n)
    if h <= 0.0:
        derivative(y, right, rate, kinetics)
        h = first_step(y, right, rtol, atol)
    now = begin
    if negative_law(y, rtol, atol, rate, kinetics)[0] >= 0:
        return NEGATIVE, now, h
    for _ in range(most_steps):
        last = now + h * (1.0 + 1e-9) >= stop
        step = stop - now if last else h
        try_step(y, step, rate, kinetics, factors, matrix, stages, argument, right, work)
        error = scaled_error(y, argument, stages[STAGES - 1], rtol, atol)
        change = GROW if error <= 0.0 else min(GROW, max(SHRINK, SAFETY * error**-0.25))
        if error <= 1.0:
            y[:] = argument
            now = stop if last else now + step
            if negative_law(y, rtol, atol, rate, kinetics)[0] >= 0:
                return NEGATIVE, now, h
            if last:
                # A step cut short by the end says little about the next.
                return DONE, now, max(h, step * change)
        h = step * change
        if now + h == now:
            return STEP_TOO_SMALL, now, h
    return TOO_MANY_STEPS, now, h
