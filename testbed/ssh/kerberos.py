"""A Kerberos realm for a submit host that takes tickets: MIT's KDC, on loopback.

krb5.conf(5), kdc.conf(5), kadmin(1) of Debian 12 (1.20). Neither another realm nor a name server
is ever asked: all is in the files here.
"""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from testbed import user
from testbed.errors import TestbedError
from testbed.programs import run

PACKAGES = ("krb5-kdc", "krb5-admin-server", "krb5-user")
DAEMON = "krb5kdc"
ARGV: Sequence[str | Path] = ("krb5kdc", "-n")
STARTED = "commencing operation"
REALM = "TESTBED.INVALID"
ADDRESS, PORT = "127.0.0.1", 960

CLIENT = f"""\
[libdefaults]
  default_realm = {REALM}
  dns_lookup_kdc = false
  dns_lookup_realm = false
  dns_canonicalize_hostname = false
  rdns = false
  udp_preference_limit = 1
[realms]
  {REALM} = {{
    kdc = {ADDRESS}:{PORT}
  }}
[domain_realm]
  {ADDRESS} = {REALM}
"""
"""A krb5.conf, of the person and of the submit host."""


def kdc_conf(folder: Path) -> str:
    """The KDC's settings; `folder` has its database."""
    return f"""\
[kdcdefaults]
  kdc_listen = ""
  kdc_tcp_listen = {ADDRESS}:{PORT}
[logging]
  kdc = STDERR
[realms]
  {REALM} = {{
    database_name = {folder / "principal"}
    key_stash_file = {folder / "stash"}
    acl_file = {folder / "nobody"}
  }}
"""


@dataclass(frozen=True)
class Cache:
    """A person's tickets: a file of their own."""

    config: Path
    """krb5.conf(5)."""
    tickets: Path

    @property
    def environment(self) -> dict[str, str]:
        """For all that uses them."""
        return {"KRB5_CONFIG": str(self.config), "KRB5CCNAME": f"FILE:{self.tickets}"}

    def fill(self, password: str) -> None:
        """Gets the tester's; kinit(1)."""
        run(["kinit", f"{user.NAME}@{REALM}"], more=self.environment, stdin=f"{password}\n")


@dataclass(frozen=True)
class Realm:
    """The files of a realm; `etc` is that of the submit host, where its KDC lives, too."""

    folder: Path
    etc: Path

    def write(self, password: str) -> None:
        """Makes it, with the tester (by `password`) and the submit host, whose key is in its /etc.

        Raises:
            TestbedError: the submit host got no key.
        """
        self.folder.mkdir(mode=0o700)
        settings = self.etc / "krb5kdc"
        settings.mkdir(mode=0o755, exist_ok=True)
        client, kdc = self.etc / "krb5.conf", settings / "kdc.conf"
        client.write_text(CLIENT)
        kdc.write_text(kdc_conf(self.folder))
        more = {"KRB5_CONFIG": str(client), "KRB5_KDC_PROFILE": str(kdc)}
        master = secrets.token_urlsafe(12)
        run(["kdb5_util", "create", "-s", "-r", REALM], more=more, stdin=f"{master}\n{master}\n")
        host, keytab = f"host/{ADDRESS}", self.etc / "krb5.keytab"
        keytab.unlink(missing_ok=True)
        orders = [
            f"addprinc -pw {password} {user.NAME}",
            f"addprinc -randkey {host}",
            f"ktadd -k {keytab} {host}",
        ]
        said = run(["kadmin.local", "-r", REALM], more=more, stdin="\n".join([*orders, ""]))
        # It succeeds, whatever came of its orders.
        if not keytab.exists():
            raise TestbedError(f"kadmin.local: {said}")
