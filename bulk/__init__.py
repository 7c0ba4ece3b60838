"""Well-mixed engines (`ode`, `ssa`), and compartmental, network and statistical models."""
