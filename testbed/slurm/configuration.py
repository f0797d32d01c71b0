"""What the two Slurm sites are: pure text, by slurm.conf(5), gres.conf(5), slurmdbd.conf(5)."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

NODES = ("n1", "n2", "n3", "n4")
GPUS_PER_NODE = 2


@dataclass(frozen=True)
class Ports:
    """On loopback; `nodes` is the first of as many as there are nodes."""

    controller: int
    nodes: int
    database: int


@dataclass(frozen=True)
class Site:
    """One Slurm."""

    name: str
    folder: Path
    host: str
    ports: Ports
    accounting: bool
    settings: dict[str, str] = field(default_factory=dict)
    """Further lines of slurm.conf, or other values: `MaxArraySize`, `MinJobAge`."""

    @property
    def conf(self) -> Path:
        """What SLURM_CONF names."""
        return self.folder / "slurm.conf"

    @property
    def socket(self) -> Path:
        """munge's, of this site alone."""
        return self.folder / "munge" / "munge.socket"

    @property
    def database_socket(self) -> Path:
        """MariaDB's; it listens nowhere else."""
        return self.folder / "mariadb" / "socket"


def slurm_conf(site: Site) -> str:
    """The text of slurm.conf."""
    folder = site.folder
    values = {
        "ClusterName": site.name.replace("-", "_"),
        "SlurmctldHost": f"{site.host}(127.0.0.1)",
        "SlurmctldPort": site.ports.controller,
        "SlurmUser": "root",
        "AuthType": "auth/munge",
        "AuthInfo": f"socket={site.socket}",
        "CredType": "cred/munge",
        "StateSaveLocation": folder / "state",
        "SlurmdSpoolDir": folder / "spool-%n",
        "SlurmctldPidFile": folder / "slurmctld.own.pid",
        "SlurmdPidFile": folder / "slurmd-%n.own.pid",
        # Nodes are pretended: more cores than this machine has, and no cgroups of their own.
        "ProctrackType": "proctrack/linuxproc",
        "TaskPlugin": "task/none",
        "SelectType": "select/cons_tres",
        "SelectTypeParameters": "CR_Core_Memory",
        "SlurmdParameters": "config_overrides",
        # What jobs use is measured, so that one over its memory is ended as a site ends it.
        "JobAcctGatherType": "jobacct_gather/linux",
        "JobAcctGatherFrequency": "task=1",
        "JobAcctGatherParams": "OverMemoryKill",
        # A node that was set down stays so until it is resumed; one that was out of reach returns.
        "ReturnToService": 1,
        "MaxArraySize": 10001,
        "MaxJobCount": 20000,
        # Seconds after which an ended job is forgotten by squeue.
        "MinJobAge": 10,
        "KillWait": 5,
        "OverTimeLimit": 0,
        "InactiveLimit": 0,
        "SlurmdTimeout": 10,
        "SlurmctldTimeout": 10,
        "MessageTimeout": 10,
        "SchedulerParameters": "sched_min_interval=0,batch_sched_delay=0,sched_interval=1,"
        "bf_interval=1,default_queue_depth=1000",
        "MailProg": "/bin/true",
        "GresTypes": "gpu",
        "DefMemPerCPU": 1000,
        "SlurmctldDebug": "info",
        "SlurmdDebug": "info",
        "RebootProgram": "/bin/true",
        **_accounting(site),
        **site.settings,
    }
    lines = [f"{name}={value}" for name, value in values.items()]
    lines += [
        f"NodeName={name} NodeHostname={site.host} NodeAddr=127.0.0.1"
        f" Port={site.ports.nodes + index} CPUs=64 RealMemory=256000 TmpDisk=100000"
        f" Gres=gpu:a100:{GPUS_PER_NODE} Feature={'avx512,big' if index < 2 else 'avx2'}"
        for index, name in enumerate(NODES)
    ]
    lines += [
        "PartitionName=general Nodes=ALL Default=YES MaxTime=7-00:00:00"
        " DefaultTime=01:00:00 State=UP",
        "PartitionName=debug Nodes=n1,n2 MaxNodes=2 MaxTime=04:00:00 DefaultTime=00:30:00 State=UP",
        "PartitionName=grand Nodes=ALL MaxTime=1-00:00:00 AllowAccounts=grand State=UP",
        "PartitionName=closed Nodes=n4 MaxTime=1-00:00:00 State=DOWN",
    ]
    return "\n".join(lines) + "\n"


def _accounting(site: Site) -> dict[str, object]:
    if not site.accounting:
        return {"AccountingStorageType": "accounting_storage/none"}
    return {
        "AccountingStorageType": "accounting_storage/slurmdbd",
        "AccountingStorageHost": "127.0.0.1",
        "AccountingStoragePort": site.ports.database,
        # Here it means munge's socket: sacctmgr and sacct take it from nowhere else.
        "AccountingStoragePass": site.socket,
        "AccountingStorageEnforce": "associations,limits,qos",
        "AccountingStorageTRES": "gres/gpu",
    }


def gres_conf(folder: Path) -> str:
    """The text of gres.conf: GPUs that are plain files."""
    files = f"{folder}/gpu[0-{GPUS_PER_NODE - 1}]"
    return f"NodeName={','.join(NODES)} Name=gpu Type=a100 File={files}\n"


def slurmdbd_conf(site: Site) -> str:
    """The text of slurmdbd.conf. MariaDB knows root by its socket, so there is no password."""
    values = {
        "DbdHost": site.host,
        "DbdAddr": "127.0.0.1",
        "DbdPort": site.ports.database,
        "SlurmUser": "root",
        "AuthType": "auth/munge",
        "AuthInfo": f"socket={site.socket}",
        "StorageType": "accounting_storage/mysql",
        "StorageHost": "localhost",
        "StorageUser": "root",
        "StorageLoc": "slurm",
        "PidFile": site.folder / "slurmdbd.own.pid",
        "DebugLevel": "info",
    }
    return "".join(f"{name}={value}\n" for name, value in values.items())
