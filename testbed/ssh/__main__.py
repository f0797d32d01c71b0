"""`python -m testbed.ssh [SITE]`: the faces of a submit host, and what to answer now."""

from __future__ import annotations

import sys
from typing import get_args

from testbed.ssh.host import SSH, Name


def main(words: list[str]) -> int:
    """Prints them; 1 if there is no such site, or it is not up."""
    names: tuple[Name, ...] = get_args(Name)
    name = next((known for known in names if [known] == (words or ["ssh"])), None)
    if name is None:
        print(f"there are {', '.join(names)}", file=sys.stderr)
        return 1
    site = SSH(name)
    if not site.person.faces_file.exists():
        print(f"{name} is not up: python -m testbed up {name}", file=sys.stderr)
        return 1
    for face in site.faces.values():
        print(f"{face.name:20}{face.port:5}  {face.about}")
    secrets = site.person.secrets
    print(f"\npassword {secrets.password}, code {site.person.code()}, key {site.person.key}")
    print(f"ssh -F {site.person.config} {site.root.faces[0].name}")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
