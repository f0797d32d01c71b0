"""Executors and ``parsl.Config``s for a profile."""

from __future__ import annotations

from collections.abc import Callable

from parsl import Config

from .asks import Ask, Auto, checked_ask, warn_if_capped
from .errors import PilothouseError
from .lending import link
from .lending.executor import PilothouseExecutor
from .lending.logs import WarningsToFile
from .lending.retries import LOST_PILOTS, RetryHandler
from .profiles import Profile


def executor(
    name: str,
    label: str | None = None,
    *,
    blocks: int | None = None,
    auto: tuple[int, int] | None = None,
    logs: bool = False,
) -> PilothouseExecutor:
    """One executor on the pilots of a profile, for a ``parsl.Config`` beside others.

    :param name: the profile's name.
    :param label: Parsl's name for it, for ``@python_app(executors=[label])``; the profile's if
        not said.
    :param blocks: so many pilots; or
    :param auto: as many as its tasks need, at least and at most these.
    :param logs: Parsl's own log files in the worker pools too, not only warnings.
    :raises PilothouseError: ``unknown_profile``; a number that is none; no bridge.

    Lost pilots are charged to their tasks by a Config's ``retries``; ``pilothouse.config()`` shows
    what keeps them free: ``retries=3, retry_handler=pilothouse.RetryHandler()``.
    """
    return made(profile_of(name, "executor"), label or name, checked_ask(blocks, auto), logs)


def made(profile: Profile, label: str, ask: Ask | None, logs: bool) -> PilothouseExecutor:
    """An executor of checked parts.

    :raises PilothouseError: ``not_allowed``: the profile is against automatic scaling.
    """
    if isinstance(ask, Auto) and not profile.automatic:
        raise PilothouseError("not_allowed", {"what": "automatic scaling", "pool": profile.name})
    warn_if_capped(ask, profile.name, profile.high)
    return PilothouseExecutor(profile, label, ask or profile.default_ask(), logs)


def profile_of(name: object, function: str) -> Profile:
    """:raises PilothouseError: ``not_a_name``, ``unknown_profile``, ``invalid_profile``."""
    if not isinstance(name, str):
        raise PilothouseError("not_a_name", {"function": function, "value": repr(name)[:200]})
    with link.hold() as bridge:
        return Profile.of(bridge.client().request("profiles.get", {"name": name}))


def config(
    name: str,
    *,
    label: str | None = None,
    blocks: int | None = None,
    auto: tuple[int, int] | None = None,
    logs: bool = False,
    **config_kwargs: object,
) -> Config:
    """A fresh ``parsl.Config`` with one executor, for ``parsl.load()`` or a test suite.

    :param config_kwargs: go to ``parsl.Config`` and win over what is chosen here.

    Otherwise as :func:`executor`.
    """
    return config_with(executor(name, label, blocks=blocks, auto=auto, logs=logs), config_kwargs)


def config_with(one: PilothouseExecutor, config_kwargs: dict[str, object]) -> Config:
    """A Config around an executor.

    :raises PilothouseError: ``executors_given``; ``not_a_number``, of ``retries``.
    """
    if "executors" in config_kwargs:
        raise PilothouseError("executors_given", {"name": one.profile.name})
    chosen: dict[str, object] = {
        # The bridge decides how many blocks there are.
        "strategy": "none",
        "run_dir": str(one.parsl_folder),
        "initialize_logging": True if one.logs else WarningsToFile(),
        "usage_tracking": 0,
    }
    if "retry_handler" not in config_kwargs:
        # A person's `retries` counts exceptions of the app; lost pilots are counted apart.
        own = config_kwargs.get("retries", 0)
        if isinstance(own, bool) or not isinstance(own, int):
            raise PilothouseError("not_a_number", {"field": "retries", "value": repr(own)[:200]})
        chosen["retries"] = LOST_PILOTS
        chosen["retry_handler"] = RetryHandler(own, LOST_PILOTS)
        config_kwargs = {key: value for key, value in config_kwargs.items() if key != "retries"}
    make: Callable[..., Config] = Config
    return make(executors=[one], **{**chosen, **config_kwargs})
