"""`python train.py CONFIG`: the same as `eventroles train`."""

from eventroles.cli import app_of, run_app, train

if __name__ == "__main__":
    run_app(app_of(train))
