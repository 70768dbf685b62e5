"""`voicebot doctor`"""

import json
from pathlib import Path

from cli_command import Command


def test_json_says_what_to_mend_and_the_exit_code_that_something_must_be(voicebot: Command, settings: Path) -> None:
    settings.write_text(settings.read_text() + "[ari]\nurl = 'http://127.0.0.1:9'\n[[ami]]\nport = 9\n")
    done = voicebot("doctor", "--json")
    assert done.returncode == 1, done.stderr
    shown = json.loads(done.stdout)
    assert shown["ok"] is False
    assert all(check.keys() == {"name", "state", "what", "mend"} for check in shown["checks"])
    faults = {check["name"] for check in shown["checks"] if check["state"] == "fail"}
    assert faults == {"ari", "ami local"}
    assert all(check["mend"] for check in shown["checks"] if check["state"] != "ok")


def test_wrong_settings_are_a_finding_too(voicebot: Command, settings: Path) -> None:
    settings.write_text("state_dir = 5\n[nothing]\n")
    done = voicebot("doctor")
    assert done.returncode == 1
    assert "settings" in done.stdout and str(settings) in done.stdout
    assert "Traceback" not in done.stderr
