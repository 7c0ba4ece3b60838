"""Ryanodine receptors of a spine apparatus, after the model in the frame of Lee et al. (2024, Annu Rev Biophys 53:397).

The model is SpineApparatus of Rangamani's group (2025): github.com/RangamaniLabUCSD/SpineApparatus.
"""
