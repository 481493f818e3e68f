"""Drawing names: `sampler` yields new names under wishes, block by block, on what the other rooms here give it.

`drawing` draws one block from a model, `constraints` and `patterns` say which names are wanted;
`spelling` gives names capitals, `ranking` puts them in order, `selection` makes a finished choice of them.
"""
