"""Which folders lie on another machine: unix sockets do not work there."""

from __future__ import annotations

from pathlib import Path

#: As /proc/self/mountinfo names them (proc(5)). Anything of FUSE but the local ones below is
#: taken for remote: sshfs, CernVM-FS, EOS, cloud buckets.
NETWORK_TYPES = frozenset(
    {
        "afs",
        "beegfs",
        "ceph",
        "cifs",
        "gpfs",
        "lustre",
        "ncpfs",
        "nfs",
        "nfs4",
        "panfs",
        "smb3",
        "smbfs",
    }
)
LOCAL_FUSE = frozenset({"fuse.fuse-overlayfs", "fuse.lxcfs", "fuseblk"})

MOUNTS = Path("/proc/self/mountinfo")


def network_type(path: Path, mountinfo: str) -> str | None:
    """The type of the network file system that `path` is on, or None on a local one.

    `mountinfo` is the text of /proc/self/mountinfo: fields up to a lone `-`, the fifth of them
    the mount point with octal escapes, then the type (proc(5)). Later mounts cover earlier ones.
    """
    wanted = path.parts
    found, depth = "", -1
    for line in mountinfo.splitlines():
        before, dash, after = line.partition(" - ")
        fields = before.split(" ")
        if not dash or len(fields) < 5:
            continue
        point = Path(_unescape(fields[4])).parts
        if len(point) >= depth and wanted[: len(point)] == point:
            found, depth = after.split(" ")[0], len(point)
    if found in NETWORK_TYPES or (found.startswith("fuse") and found not in LOCAL_FUSE):
        return found
    return None


def network_type_here(path: Path) -> str | None:
    """`network_type` on this machine; None where mounts cannot be read (macOS has no /proc)."""
    try:
        text = MOUNTS.read_text(encoding="utf-8", errors="surrogateescape")
    except OSError:
        return None
    return network_type(path.resolve(), text)


def _unescape(text: str) -> str:
    """Undo mountinfo's octal escapes of blank, tab, newline and backslash."""
    for code, character in (("040", " "), ("011", "\t"), ("012", "\n"), ("134", "\\")):
        text = text.replace("\\" + code, character)
    return text
