"""Sizes of the spines of `revolved_spine` as a table in Markdown: those of the papers, and of their parts."""

from nanospine import part_volume, revolved_spine

SIZES = {"thin": (1, 1.5, 2), "mushroom": (2 / 3, 1, 4 / 3), "filopodial": (0.5, 0.75, 1), "stubby": (1,)}
APPARATUS = ("small", "medium", "large")

print("| spine | scale | V (um^3) | A (um^2) | PSD (um^2) | head (um^3) | neck (um^3) | triangles |")
print("| --- | --- | --- | --- | --- | --- | --- | --- |")
for kind, scales in SIZES.items():
    for scale in scales:
        mesh = revolved_spine(kind, scale=scale)
        volumes = mesh.volume, mesh.area(), mesh.area("psd"), part_volume(mesh, "head"), part_volume(mesh, "neck")
        print(f"| {kind} | {scale:.3g} | {' | '.join(f'{value:.3g}' for value in volumes)} | {len(mesh.faces)} |")

print("\n| spine | apparatus | cytosol (um^3) | apparatus (um^3) | its area (um^2) |")
print("| --- | --- | --- | --- | --- |")
for kind in ("thin", "mushroom"):
    for size in APPARATUS:
        spine = revolved_spine(kind, apparatus=size)
        inner = spine.parts["sa"]
        print(f"| {kind} | {size} | {spine.compartments[0].volume:.3g} | {inner.volume:.3g} | {inner.area():.3g} |")
