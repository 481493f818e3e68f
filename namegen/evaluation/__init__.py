"""Judging models: losses, where they come from, whether a difference means anything, and what is generated.

`losses` is what all the others build on; `baselines` says what simple guesses reach, `scoring` how likely single names
are, `breakdown` where a loss comes from, `significance` whether one model is better than another, `quality` what is
generated against the list.
"""
