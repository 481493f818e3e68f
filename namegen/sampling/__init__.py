"""Sampling names.

`sampler` yields new names that meet constraints, block by block. `generator` draws one block from a model, with the
probabilities of `next_token`; `constraints` and `patterns` test names, `filter` decides which may come out; `ranking`
sorts and describes them, `casing` puts capitals on, `best_first` finds the most probable names.
"""
