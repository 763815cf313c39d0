"""Last step before `exec`: tie this process to its parent and give up root.

    python child.py SIGNAL PARENT_PID [--unprivileged [--nobody]] -- program argument...

* On Linux the kernel sends SIGNAL to this process when the supervisor dies, even of `kill -9`; that is what keeps
  `make run` free of orphans.
* PostgreSQL refuses to run as root. `--unprivileged` first enters a user namespace in which root is seen as `nobody`:
  files keep their owner, no account is created and no folder's permissions are widened. Where namespaces are forbidden
  (most containers), `--nobody` drops root for good.

Run as a plain script on purpose: it must start in milliseconds.
"""

from __future__ import annotations

import ctypes
import os
import signal
import sys

CLONE_NEWUSER = 0x10000000
PR_SET_PDEATHSIG = 1


def enter_user_namespace(uid: int, gid: int) -> bool:
    libc = ctypes.CDLL(None, use_errno=True)
    real_uid, real_gid = os.getuid(), os.getgid()
    if libc.unshare(CLONE_NEWUSER):
        return False
    for name, content in (
        ("setgroups", "deny"),
        ("uid_map", f"{uid} {real_uid} 1"),
        ("gid_map", f"{gid} {real_gid} 1"),
    ):
        with open(f"/proc/self/{name}", "w") as file:
            file.write(content)
    return True


def become_nobody(uid: int, gid: int) -> None:
    os.setgroups([])
    os.setgid(gid)
    os.setuid(uid)


def give_up_root(options: list[str]) -> None:
    import pwd  # only this way round needs it

    user = pwd.getpwnam("nobody")
    if "--nobody" in options:
        become_nobody(user.pw_uid, user.pw_gid)
    elif not enter_user_namespace(user.pw_uid, user.pw_gid):
        sys.exit("user namespaces are not allowed here")


def main() -> None:
    stop_signal, parent = getattr(signal, sys.argv[1]), int(sys.argv[2])
    split = sys.argv.index("--")
    options, argv = sys.argv[3:split], sys.argv[split + 1 :]
    if "--unprivileged" in options and os.geteuid() == 0:
        give_up_root(options)
    if sys.platform == "linux":
        # After the change of credentials, which clears it.
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, stop_signal, 0, 0, 0)
        if os.getppid() != parent:  # it went before prctl()
            sys.exit("the supervisor is gone")
    os.execv(argv[0], argv)


main()
