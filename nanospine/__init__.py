"""nanospine: calcium and plasticity in dendritic spines, ion by ion and well mixed."""
