"""`python -m eventroles`: the same as the `eventroles` command."""

from eventroles.cli import main

if __name__ == "__main__":
    main()
