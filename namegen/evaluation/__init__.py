"""How good models are: their losses, where these come from, whether a difference is clear, and what they generate.

losses            how well a model predicts names; all the others build on it
baselines         what uniform, unigram and bigram guesses reach
surprisal         single names, and each of their characters
breakdown         a loss by length, position or character
bootstrap         whether the difference of two losses is clear or noise
quality           generated names against the list
tables            several models side by side
model_selection   which family and preset to choose for a list
"""
