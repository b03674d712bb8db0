"""Streams cut and mixed at random, by a seed, from the data of the catalogue and from easy classes written for it."""
