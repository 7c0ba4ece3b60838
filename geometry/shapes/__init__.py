"""The shapes that nanospine can make, those of a kind in one file.

A new one is a function in a file here, which returns a `TriangleMesh`, and a line in `nanospine/__init__.pyi`.
"""
