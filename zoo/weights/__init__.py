"""Weights: save a network's variables, verify a file, load it into the network that the builder makes."""
