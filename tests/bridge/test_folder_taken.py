"""Two state folders and one runtime folder: nobody is given the other's pilots."""

from __future__ import annotations

import pytest

from conftest import PilothouseHome
from pilothouse.bridge import connect, ensure
from pilothouse.errors import PilothouseError


def test_the_bridge_of_another_state_folder_is_named(
    pilothouse_home: PilothouseHome, monkeypatch: pytest.MonkeyPatch
) -> None:
    ensure()
    other = pilothouse_home.root / "other"
    with monkeypatch.context() as patch:
        patch.setenv("PILOTHOUSE_STATE_DIR", str(other))
        for attempt in (ensure, lambda: connect("command", ensure=False)):
            with pytest.raises(PilothouseError) as caught:
                attempt()
            assert caught.value.code == "folder_taken"
            assert caught.value.params == {
                "folder": str(pilothouse_home.runtime),
                "other": str(pilothouse_home.state),
                "state": str(other),
                "variable": "PILOTHOUSE_RUNTIME_DIR",
            }
            assert str(pilothouse_home.state) in str(caught.value)
        assert not (other / "bridge.log").exists(), "nothing was started in vain"
    # The same folder by another name is no other folder.
    link = pilothouse_home.root / "link"
    link.mkdir(mode=0o700)
    (link / "up").symlink_to(pilothouse_home.root)
    with monkeypatch.context() as patch:
        patch.setenv("PILOTHOUSE_STATE_DIR", str(link / "up" / pilothouse_home.state.name))
        with connect("command", ensure=False) as bridge:
            status = bridge.request("bridge.status")
    assert status["stateFolder"] == str(pilothouse_home.state)
