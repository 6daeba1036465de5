"""`python train.py CONFIG`: the same as `eventroles train`."""

from eventroles.cli import train, app_of, run_app

if __name__ == "__main__":
    run_app(app_of(train))
