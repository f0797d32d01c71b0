"""PAM stacks of the faces, and the dialogues of second factors that need a service elsewhere."""

from __future__ import annotations

from pathlib import Path

PASSWORD = "auth required pam_unix.so nodelay"
DIALOGUES = {
    "duo": (
        "T Duo two-factor login for pilothouse-tester\n"
        "T \n"
        "T Enter a passcode or select one of the following options:\n"
        "T \n"
        "T  1. Duo Push to XXX-XXX-1234\n"
        "T  2. Phone call to XXX-XXX-1234\n"
        "T \n"
        "E Passcode or option (1-2): \n"
        "A 1\n"
        "A push\n"
        "W Incorrect passcode. Please try again.\n"
        "T Success. Logging you in...\n"
    ),
    "device": (
        "T Authenticate at\n"
        "T -----------------\n"
        "T https://login.testbed.invalid/device?user_code=QXT-RRL-ZHK\n"
        "T -----------------\n"
        "H Type return when you have approved it: \n"
        "A \n"
    ),
}
NOT_ACTIVE = "Your account is not active yet: its project has not been approved.\n"


def services(folder: Path, module: Path) -> dict[str, str]:
    """Texts of pam.d(5) by name; `folder` has the files that they read."""
    # The code's file is root's, and read before anybody is somebody.
    code = f"auth required pam_google_authenticator.so secret={folder / 'code'} user=root"
    asks = {
        "password": [PASSWORD],
        # Both are asked whatever the first answer was, so that nobody learns which was wrong.
        "totp": [PASSWORD, code],
        "code": [code],
        "inactive": [PASSWORD],
        **{
            name: [
                PASSWORD.replace("required", "requisite"),
                f"auth required {module} {folder / name}",
            ]
            for name in DIALOGUES
        },
    }
    account = {"inactive": f"account required pam_nologin.so file={folder / 'not-active'}"}
    # Not pam_limits, pam_systemd and the like: they change sessions by this machine's files.
    last = ["session required pam_permit.so", "password required pam_deny.so", ""]
    return {
        name: "\n".join([*lines, account.get(name, "account required pam_unix.so"), *last])
        for name, lines in asks.items()
    }
