"""Pictures of what a model counted, predicts, learned and generates.

`data` computes the numbers behind a picture; `figures` draws them into files with matplotlib (the extra `plot`),
`terminal` as lines of text; both use the colours of `colors`.
"""
