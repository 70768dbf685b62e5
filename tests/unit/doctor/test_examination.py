"""The doctor as a whole, where something unexpected answers or breaks."""

import http.server
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from voicebot.doctor import machine
from voicebot.doctor.check import Check, State
from voicebot.doctor.examination import examine


class _Page(http.server.BaseHTTPRequestHandler):
    """A web server that says the same to everybody."""

    status = 200

    def do_GET(self) -> None:
        self.send_response(self.status)
        self.send_header("Content-Type", "text/html")
        self.end_headers()
        self.wfile.write(b"<h1>Hello</h1>")

    def log_message(self, format: str, *arguments: object) -> None:
        """Nothing."""


@pytest.fixture(params=[200, 404, 500])
def web_server(request: pytest.FixtureRequest) -> Iterator[int]:
    """Its port."""
    page = type("_Page", (_Page,), {"status": request.param})
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), page) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield server.server_port
        server.shutdown()
        thread.join()


async def _examined(folder: Path, more: str = "") -> dict[str, Check]:
    file = folder / "voicebot.toml"
    file.write_text(f'state_dir = "{folder}"\n[store]\nurl = "sqlite:///{folder}/store.db"\n[[ami]]\nport = 9\n{more}')
    return {check.name: check for check in await examine(file)}


async def test_a_web_server_in_aris_place_is_a_finding(tmp_path: Path, web_server: int) -> None:
    check = (await _examined(tmp_path, f'[ari]\nurl = "http://127.0.0.1:{web_server}"\n'))["ari"]
    assert check.state is State.FAIL and check.mend
    assert f"http://127.0.0.1:{web_server}" in check.what and "<h1>" not in check.what


async def test_a_check_that_breaks_is_a_finding_beside_the_others(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def breaks(*_: object) -> list[Check]:
        raise KeyError("unforeseen")

    monkeypatch.setattr(machine, "checks", breaks)
    found = await _examined(tmp_path)
    assert found["machine"].state is State.FAIL and "unforeseen" in found["machine"].what
    assert {"ari", "ami local", "database", "voice", "speech model"} <= found.keys()
