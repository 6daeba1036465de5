"""`python predict.py`: the same as `eventroles predict`."""

from eventroles.cli import predict, app_of, run_app

if __name__ == "__main__":
    run_app(app_of(predict))
