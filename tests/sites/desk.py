"""What a person does at the submit host, run as that person: requests to the bridge, notebooks.

`python -m tests.sites.desk FOLDER` reads orders from its standard input, one JSON object a line,
and answers each in its turn. Notebooks lie in FOLDER.
"""

from __future__ import annotations

import json
import sys
from contextlib import ExitStack
from pathlib import Path
from typing import cast

from pilothouse.bridge import connect
from pilothouse.errors import PilothouseError
from tests.faults.notebook import CellFailed, Notebook, Running

Order = dict[str, object]


class Desk:
    """The open notebooks, and the cells that were sent."""

    def __init__(self, folder: Path, life: ExitStack) -> None:
        self._folder = folder
        self._life = life
        self._notebooks: dict[str, Notebook] = {}
        self._sent: list[tuple[Notebook, Running]] = []

    def obey(self, order: Order) -> object:
        """The result of one order. Raises what went wrong."""
        notebook = str(order.get("notebook", ""))
        match order["do"]:
            case "request":
                with connect("command") as bridge:
                    params = cast(dict[str, object], order["params"])
                    return bridge.request(str(order["method"]), params)
            case "open":
                opened = Notebook(self._folder / f"{notebook}.ipynb")
                self._notebooks[notebook] = self._life.enter_context(opened)
                return None
            case "send":
                running = self._notebooks[notebook].send(str(order["code"]))
                self._sent.append((self._notebooks[notebook], running))
                return len(self._sent) - 1
            case "wait":
                sender, running = self._sent[cast(int, order["sent"])]
                return sender.wait(running, cast(float, order["seconds"]))
            case "restart":
                self._notebooks[notebook].restart()
                return None
            case unknown:
                raise ValueError(f"no such order: {unknown}")


def answer(desk: Desk, order: Order) -> dict[str, object]:
    """What is written for one order."""
    try:
        return {"result": desk.obey(order)}
    except PilothouseError as error:
        return {"error": str(error), "code": error.code, "words": error.words}
    except (CellFailed, AssertionError) as error:
        return {"error": str(error), "code": "cell", "words": None}


def main(folder: Path) -> None:
    """Obeys until there are no more orders; then all notebooks are closed."""
    with ExitStack() as life:
        desk = Desk(folder, life)
        for line in sys.stdin:
            print(json.dumps(answer(desk, json.loads(line))), flush=True)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
