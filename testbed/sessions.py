"""A session of tests at a site: who comes first starts it, who leaves last ends it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TypeVar

from testbed.alone import Users, alone
from testbed.places import STATE
from testbed.sites import Site

S = TypeVar("S", bound=Site)


def mark(site: Site) -> Path:
    """A file that is there while the site is up because of a test."""
    return STATE / site.name / "started-by-a-test"


@contextmanager
def session(site: S) -> Iterator[S]:
    """The site, up; one that was up before any session of tests stays up."""
    users = Users(site.name)
    with alone():
        was_up = site.enclosure is not None and site.enclosure.first is not None
        site.up()
        if site.enclosure is not None and not was_up:
            mark(site).touch()
    try:
        yield site
    finally:
        with alone():
            if users.leave() and mark(site).exists():
                site.down()
