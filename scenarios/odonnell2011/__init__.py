"""O'Donnell, Nolan & van Rossum (2011), J Neurosci 31:16142, figure by figure."""
