"""`python evaluate.py`: the same as `eventroles evaluate`."""

from eventroles.cli import app_of, evaluate, run_app

if __name__ == "__main__":
    run_app(app_of(evaluate))
