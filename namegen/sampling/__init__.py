"""Drawing names: `sampler` yields new names under wishes, block by block, on what the other rooms here give it.

`drawing` draws one block from a model; `constraints` and `patterns` say what names shall be like, `wanted` which of a
model's names may come out; `spelling` gives them capitals, `ranking` puts them in order, `selection` chooses.
"""
