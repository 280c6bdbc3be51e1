"""The ``restrike-lab`` command and the Jupyter server extension: the top room, which may use every other.

``main`` finds the sub-command and turns every error into one line with its way out; ``command`` is what all
sub-commands share (options, environment, config file); each sub-command has its own module. Sub-commands are imported
only when called, so that ``restrike-lab --help`` and ``serve`` load no notebook machinery.
"""

__all__: list[str] = []
