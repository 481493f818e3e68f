"""`python -m namegen` is the command `namegen`."""

from namegen.cli.app import main

if __name__ == "__main__":
    main()
