"""What starts the interpreter of a runtime wherever it lies, and hides how.

The program needs LD_LIBRARY_PATH and PYTHONHOME; what it starts must have neither. So
``bin/python3`` is a shell script that sets both, and a module that Python imports at each start
takes them back and makes ``sys.executable`` that script, so that it can be run again.
"""

from __future__ import annotations

import shlex

MODULE = "_pilothouse_python"
_LAUNCHER = "PILOTHOUSE_PYTHON"
_LIBRARIES = "PILOTHOUSE_PYTHON_LD_LIBRARY_PATH"

# For a machine whose OpenSSL has its certificates elsewhere: Debian's, Red Hat's, SUSE's, Alpine's.
_CERTIFICATES = (
    "/etc/ssl/certs/ca-certificates.crt",
    "/etc/pki/tls/certs/ca-bundle.crt",
    "/etc/pki/ca-trust/extracted/pem/tls-ca-bundle.pem",
    "/etc/ssl/ca-bundle.pem",
    "/etc/ssl/cert.pem",
)


def libraries() -> str:
    """sh that sets ``pilothouse_libraries`` of the runtime in ``pilothouse_tree``; may be empty."""
    return """pilothouse_libraries=
[ ! -d "$pilothouse_tree/lib" ] || pilothouse_libraries="$pilothouse_tree/lib"
pilothouse_compiler=
for pilothouse_file in /lib64 /usr/lib64 /usr/lib /lib/*-linux-gnu /usr/lib/*-linux-gnu; do
  [ ! -e "$pilothouse_file/libstdc++.so.6" ] || pilothouse_compiler=yes
done
if [ -z "$pilothouse_compiler" ] && [ -d "$pilothouse_tree/lib-else" ]; then
  pilothouse_libraries="${pilothouse_libraries:+$pilothouse_libraries:}$pilothouse_tree/lib-else"
fi
"""


def program(minor: str, certificates: str, certificate_folder: str) -> str:
    """``bin/python3``.

    :param minor: the program's name, ``python3.11``.
    :param certificates: where its OpenSSL looks for those of authorities; and in which folder.
    """
    return f"""#!/bin/sh
pilothouse_self=$(readlink -f "$0")
pilothouse_home=${{pilothouse_self%/bin/*}}
pilothouse_tree=${{pilothouse_home%/python}}
. "$pilothouse_tree/libraries"
if [ -z "${{SSL_CERT_FILE-}}${{SSL_CERT_DIR-}}" ] && [ ! -e {shlex.quote(certificates)} ] &&
  ! ls {shlex.quote(certificate_folder)}/*.0 >/dev/null 2>&1; then
  for pilothouse_file in {" ".join(_CERTIFICATES)}; do
    [ ! -r "$pilothouse_file" ] || {{ export SSL_CERT_FILE="$pilothouse_file"; break; }}
  done
fi
export {_LAUNCHER}="$pilothouse_self" {_LIBRARIES}="${{LD_LIBRARY_PATH-}}"
pilothouse_libraries="$pilothouse_home/lib${{pilothouse_libraries:+:$pilothouse_libraries}}"
export LD_LIBRARY_PATH="$pilothouse_libraries${{LD_LIBRARY_PATH:+:$LD_LIBRARY_PATH}}"
export PYTHONHOME="$pilothouse_home"
exec "$pilothouse_home/libexec/{minor}" "$@"
"""


def module() -> str:
    """What Python imports at each start, before anything of the user's."""
    return f'''"""Takes back what the launcher has set for this one process."""

import os
import sys

_launcher = os.environ.pop("{_LAUNCHER}", None)
if _launcher is not None:
    sys.executable = sys._base_executable = _launcher
    os.environ.pop("PYTHONHOME", None)
    _before = os.environ.pop("{_LIBRARIES}", "")
    if _before:
        os.environ["LD_LIBRARY_PATH"] = _before
    else:
        os.environ.pop("LD_LIBRARY_PATH", None)
'''


def path_file(packages: str) -> str:
    """The file by which site.py finds that module, and Parsl, from below ``python/<packages>``."""
    up = "/".join([".."] * (len(packages.split("/")) + 1))
    return f"import {MODULE}\n{up}/site\n"
