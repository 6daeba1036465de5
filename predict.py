"""`python predict.py`: the same as `eventroles predict`."""

from eventroles.cli import app_of, predict, run_app

if __name__ == "__main__":
    run_app(app_of(predict))
