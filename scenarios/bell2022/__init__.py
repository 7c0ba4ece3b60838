"""Bell, Holst, Lee & Rangamani (2022): how the shape of a spine sets its calcium and its weight, ion by ion."""
