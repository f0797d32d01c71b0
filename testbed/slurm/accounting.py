"""Accounts and limits of the site that has accounting: sacctmgr(1), and MariaDB under it."""

from __future__ import annotations

import shutil
from pathlib import Path

from testbed import user
from testbed.places import CACHE
from testbed.programs import run

EMPTY_DATABASE = CACHE / "mariadb-1"

MARIADB = (
    "--no-defaults",
    "--user=mysql",
    "--skip-networking",
    # The least that it takes; a test's accounting is small.
    "--innodb-log-file-size=16M",
    "--innodb-buffer-pool-size=32M",
    "--innodb-flush-log-at-trx-commit=0",
    "--innodb-lock-wait-timeout=900",
)


def empty_database() -> Path:
    """A data folder as MariaDB makes it; made once."""
    if not EMPTY_DATABASE.exists():
        making = EMPTY_DATABASE.with_name(EMPTY_DATABASE.name + ".new")
        shutil.rmtree(making, ignore_errors=True)
        making.mkdir(parents=True)
        shutil.chown(making, "mysql", "mysql")
        run(
            [
                *("mariadb-install-db", *MARIADB, f"--datadir={making}"),
                *("--auth-root-authentication-method=socket", "--skip-test-db"),
            ]
        )
        making.rename(EMPTY_DATABASE)
    return EMPTY_DATABASE


def associations(cluster: str) -> list[list[str]]:
    """The words of sacctmgr that set up who may do what, in their order."""
    return [
        ["add", "cluster", cluster],
        ["add", "account", "physics", "Description=physics", "Organization=testbed"],
        ["add", "account", "grand", "Description=grand", "Organization=testbed"],
        ["modify", "qos", "normal", "set", "MaxWall=7-00:00:00"],
        ["add", "qos", "short", "MaxWall=00:30:00", "MaxSubmitJobsPerUser=50", "Priority=100"],
        ["add", "qos", "reserved", "MaxWall=30-00:00:00"],
        ["modify", "account", "grand", "set", "qos=reserved", "DefaultQOS=reserved"],
        ["add", "user", "root", "Account=grand"],
        [
            *("add", "user", user.NAME, "Account=physics", "DefaultAccount=physics"),
            *("QosLevel=normal,short", "DefaultQOS=normal", "MaxSubmitJobs=6000"),
        ],
    ]
