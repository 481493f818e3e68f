"""Sampling names.

`sampler` yields new names that meet constraints, block by block. `generator` draws one block from a model, with the
probabilities of `next_token`; `constraints`, `patterns` and `block_list` test names, `other_lists` reads what must not
come out, `filter` decides which may, `variety` which of them differ enough; `ranking` sorts and describes them,
`casing` puts capitals on, `best_first` finds the most probable names, `composition` joins names of several lists in one
line, `pseudonyms` gives names to keys.
"""
