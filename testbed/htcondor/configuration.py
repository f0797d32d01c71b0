"""HTCondor's configuration for the pool: pure text, from the manual's "Configuration Macros"."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

PORT = 29618
"""The one port of all daemons, on loopback."""

CORES = 16
MEMORY_MIB = 16000

HOLD = "PilothouseTestbedHold"
"""A job that has it is held by the system in seconds: `+PilothouseTestbedHold = "why"`."""

HOLD_AFTER = "PilothouseTestbedHoldAfter"
"""Seconds after which the system holds a job that runs, as OSPool does by JobDurationCategory.

A running job's shadow takes no notice of an attribute that is edited, nor of a changed setting.
"""


def condor_config(startd: Path) -> str:
    """What is set beyond Debian's minicondor; `startd` is the script that starts it."""
    values: dict[str, object] = {
        "CONDOR_HOST": "127.0.0.1",
        "COLLECTOR_HOST": f"$(CONDOR_HOST):{PORT}",
        "SHARED_PORT_PORT": PORT,
        "NETWORK_INTERFACE": "127.0.0.1",
        "BIND_ALL_INTERFACES": False,
        "ENABLE_IPV6": False,
        "UID_DOMAIN": "testbed.invalid",
        "TRUST_UID_DOMAIN": True,
        "SCHEDD_NAME": "testbed",
        # Worker nodes share no file with the submit host, so files are transferred.
        "FILESYSTEM_DOMAIN": "submit.testbed.invalid",
        "STARTD.FILESYSTEM_DOMAIN": "node.testbed.invalid",
        "STARTER.FILESYSTEM_DOMAIN": "node.testbed.invalid",
        "STARTD": startd,
        # Pretended: more than this machine has.
        "NUM_CPUS": CORES,
        "MEMORY": MEMORY_MIB,
        "NUM_SLOTS": 1,
        "NUM_SLOTS_TYPE_1": 1,
        "SLOT_TYPE_1": "100%",
        "SLOT_TYPE_1_PARTITIONABLE": True,
        # What an OSPool node says of itself; job event logs can carry it.
        "GLIDEIN_Site": '"Testbed"',
        "GLIDEIN_ResourceName": '"Testbed-CE1"',
        "PORT_8443": True,
        "STARTD_ATTRS": "$(STARTD_ATTRS) GLIDEIN_Site GLIDEIN_ResourceName PORT_8443",
        # This machine's cgroups are not the pool's, and its mounts are arranged already.
        "BASE_CGROUP": "",
        "MOUNT_PRIVATE_DEV_SHM": False,
        "MOUNT_UNDER_SCRATCH": "",
        "DISCARD_SESSION_KEYRING_ON_STARTUP": False,
        # A pool for tests answers in seconds.
        "NEGOTIATOR_INTERVAL": 2,
        "NEGOTIATOR_MIN_INTERVAL": 1,
        "NEGOTIATOR_CYCLE_DELAY": 1,
        "SCHEDD_INTERVAL": 2,
        "SCHEDD_MIN_INTERVAL": 1,
        "PERIODIC_EXPR_INTERVAL": 2,
        "MAX_PERIODIC_EXPR_INTERVAL": 4,
        "POLLING_INTERVAL": 2,
        "STARTER_INITIAL_UPDATE_INTERVAL": 1,
        "STARTER_UPDATE_INTERVAL": 2,
        "SHADOW_QUEUE_UPDATE_INTERVAL": 2,
        "UPDATE_INTERVAL": 5,
        "PID_SNAPSHOT_INTERVAL": 1,
        "JOB_START_COUNT": 50,
        "JOB_START_DELAY": 1,
        "MAX_JOBS_RUNNING": 500,
        "CLAIM_WORKLIFE": 1200,
        "SHUTDOWN_FAST_TIMEOUT": 10,
        "MASTER_BACKOFF_CONSTANT": 1,
        "MASTER_BACKOFF_CEILING": 4,
        # The system's own reasons to hold a job: code 26, and 21 with sub-code 102 for memory.
        "SYSTEM_PERIODIC_HOLD_NAMES": "TESTBED",
        "SYSTEM_PERIODIC_HOLD_TESTBED": f"{HOLD} =!= undefined ||"
        f" (JobStatus == 2 && time() - JobCurrentStartDate >= {HOLD_AFTER}) =?= true",
        "SYSTEM_PERIODIC_HOLD_TESTBED_REASON": f'strcat("The system says: ",'
        f' ifThenElse({HOLD} =!= undefined, {HOLD}, "it has run for too long"))',
        "SYSTEM_PERIODIC_HOLD_TESTBED_SUBCODE": 7,
    }
    lines = [f"{name} = {value}".rstrip() for name, value in values.items()]
    return "\n".join([*lines, "use POLICY : HOLD_IF_MEMORY_EXCEEDED"]) + "\n"


def overrides(settings: Mapping[str, str]) -> str:
    """A test's own settings, read after all others."""
    return "".join(f"{name} = {value}\n" for name, value in settings.items())


def startd_script(nodes: Path) -> str:
    """Starts the startd where the submit host's files are not, as on a node far away.

    `nodes` holds what is in their place. It is one process throughout, as its master expects.
    """
    covered = {"tmp": "/tmp", "home": "/home", "srv": "/srv", "spool": "/var/spool/condor"}
    mounts = " && ".join(f"mount --bind {nodes / name} {over}" for name, over in covered.items())
    return (
        "#!/bin/sh\n"
        f"exec unshare --mount sh -c '{mounts} && exec /usr/sbin/condor_startd \"$@\"' "
        'condor_startd "$@"\n'
    )


SETUP = """
root=$1 site=$2 shared=$3 home=$4
# A new root must be a mount point; jobs and daemons write only where something is mounted in it.
mount --bind "$root" "$root"
mount -t proc proc "$root/proc"
mount --rbind /dev "$root/dev"
mount --rbind /sys "$root/sys"
mount --bind "$site" "$root$site"
mount --bind "$shared" "$root$shared"
mount --bind "$home" "$root$home"
mount --bind /tmp "$root/tmp"
mount --bind /etc/hosts "$root/etc/hosts"
mount --bind /etc/resolv.conf "$root/etc/resolv.conf"
mount --bind "$site/etc" "$root/etc/condor"
mount --bind "$site/run" "$root/run"
mount --bind "$site/log" "$root/var/log/condor"
mount --bind "$site/lib" "$root/var/lib/condor"
mount --bind "$site/spool" "$root/var/spool/condor"
mount -o remount,bind,ro "$root"
cd "$root"
pivot_root . old
umount -l /old
echo >"$0"
exec /usr/bin/python3 -I -S "$site/door.py" "$shared/door"
"""
"""Becomes the pool's first process, the door, in its root. Words: the root and three folders."""
