"""The first process of a site: it does nothing but bury the dead, and all of the site dies with it.

Run as a program, `python -I -S init.py`, in a process namespace of its own; pid_namespaces(7).
"""

import os
import signal

signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGCHLD})
while True:
    try:
        while os.waitpid(-1, os.WNOHANG)[0]:
            pass
    except ChildProcessError:
        pass  # there is no child at the moment
    signal.sigwait({signal.SIGCHLD})
