"""Let ``python -m restrike_lab.app`` be the ``restrike-lab`` command."""

from restrike_lab.app.main import main

__all__: list[str] = []

if __name__ == "__main__":
    raise SystemExit(main())
