"""Parsl's interchange in a process of ours that outlives interrupts and not the kernel.

``launch.py`` is what HTEX starts. It hands over to ``helper.py``, a process that has Parsl
imported already and forks one interchange per load, or else becomes ``wrapper.py`` itself.
``warm.py`` is the kernel's end: it starts the helper.
"""
