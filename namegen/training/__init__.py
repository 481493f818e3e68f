"""Fitting models to lists: by counting, by gradient steps, or by adapting the pretrained network."""
