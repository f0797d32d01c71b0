"""A view that is open while tasks run: takes every change, as a panel would, and draws nothing."""

from __future__ import annotations

import threading

from pilothouse.bridge import connect

if __name__ == "__main__":
    with connect("view") as bridge:
        ended = threading.Event()
        bridge.on_closed(lambda reason: ended.set())
        bridge.request("state.subscribe", {})
        print("watching", flush=True)
        ended.wait()
