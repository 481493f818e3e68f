"""How good models are: their losses, whether a difference is clear, and what names they generate."""
