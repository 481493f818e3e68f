"""The screen of `namegen sample -i`, on Textual. It knows nothing of models: see `Backend` in `pages`."""
