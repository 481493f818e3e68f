"""What leaves Python: one file a format, each of which turns a trained model into the bytes or text of a file."""
