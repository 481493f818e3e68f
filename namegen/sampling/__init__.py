"""Sampling: `generator` draws names from a model, `filter` accepts or rejects them, and `sampler` joins the two."""
