"""Neurons and their spines as papers model them: a compartmental CA1 spine, integrate-and-fire neurons."""
