"""Settings that come from the environment: ``RESTRIKE_LAB_DATA_DIR`` is the trait ``data_dir``, and so on.

``restrike-lab up`` tells the kernels it starts in this way which data directory is meant, so that a notebook says
``Lab()`` and nothing more.
"""

from __future__ import annotations

from collections.abc import Mapping

from traitlets import Container, Dict, TraitError
from traitlets.config.loader import DeferredConfigList, DeferredConfigString

from restrike_lab.client.errors import SettingError
from restrike_lab.hub.config import ENVIRONMENT, HubConfig, pieces

__all__ = ["PREFIX", "apply_environment"]

PREFIX = "RESTRIKE_LAB_"


def apply_environment(config: HubConfig, environment: Mapping[str, str]) -> None:
    """Set the traits of ``config`` that the environment names; lists are separated by commas.

    Raises :class:`SettingError` for a value that the trait does not accept.
    """
    for name, trait in config.traits(config=True).items():
        variable = PREFIX + name.upper()
        text = environment.get(variable)
        if text is None:
            continue
        several = isinstance(trait, Container | Dict)
        deferred = DeferredConfigList(pieces(text)) if several else DeferredConfigString(text)
        try:
            setattr(config, name, deferred.get_value(trait))
            config.given[name] = ENVIRONMENT
        except (TraitError, ValueError) as reason:
            raise SettingError(
                f"{variable}={text}: {reason}", hint=f"Correct or remove the environment variable {variable}."
            ) from None
