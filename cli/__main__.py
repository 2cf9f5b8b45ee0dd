"""`.venv/bin/kinetic-wise`."""

from cli.main import app

if __name__ == "__main__":
    app(prog_name="kinetic-wise")
