"""Models as files that leave Python, one module a format. Nothing here knows of commands."""
