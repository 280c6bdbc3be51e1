"""The lab inside a kernel: ``%load_ext restrike_lab``, ``%restrike``, ``%%restrike query``, ``%config RestrikeLab``.

``extension`` registers with the shell, ``commands`` holds the sub-commands, ``complete`` what the Tab key offers, and
``config`` the settings.
"""

__all__: list[str] = []
