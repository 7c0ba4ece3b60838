"""Maki-Marttunen, Iannella, Edwards, Einevoll and Blackwell (2020), eLife 9:e55714: a cortical plasticity model.

``data/species.csv``, ``reactions.csv`` and ``pools.csv`` are the model of ModelDB 260971: a single compartment of
0.5 fl with 204 species and 262 reactions, 151 of them reversible, in the source's units (nM, ms) and order. What is
outside the cell (``CaOut``, ``LOut``, ``GluOut``) are ordinary species of that compartment, as in the source, and the
reverse of ``PKAcAMP4 <-> PKAr + 2 PKAc`` is first order in ``PKAc``. Every reaction conserves the pools; a stimulus
adds to that of the ligand ``L``.

Names differ from the source where ours could not be the same: ``2AG`` is ``twoAG``, because names begin with a letter,
and of two pairs of reactions with one name the second are ``DAGKdag2`` and ``GluR2_S880_PP2A_insmemb``.
"""
