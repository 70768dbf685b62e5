"""What a model takes of disk, memory and time: loaded in a process of its own."""

import json
import os
import subprocess
import sys
import time
from dataclasses import asdict, dataclass
from pathlib import Path

from voicebot.speech import models
from voicebot.speech.audio import RATE
from voicebot.speech.recogniser import Model


@dataclass(frozen=True, kw_only=True)
class Cost:
    """Of one model."""

    load_seconds: float
    memory_megabytes: float  #: that it and one recogniser add to a process
    disk_megabytes: float


def measure_cost(name: str) -> Cost:
    """Load the model in a fresh process."""
    command = [sys.executable, "-m", "voicebot.bench.speech.cost", name]
    done = subprocess.run(command, capture_output=True, check=True, timeout=600)
    return Cost(**json.loads(done.stdout))


def _here(name: str) -> Cost:
    before, began = _resident(), time.perf_counter()
    model = Model.named(name)
    took = time.perf_counter() - began
    recogniser = model.recogniser(["да", "нет"])
    recogniser.AcceptWaveform(bytes(2 * RATE))
    files = [file for file in models.folder(name).rglob("*") if file.is_file()]
    return Cost(
        load_seconds=round(took, 3),
        memory_megabytes=round((_resident() - before) / 1e6, 1),
        disk_megabytes=round(sum(file.stat().st_size for file in files) / 1e6, 1),
    )


def _resident() -> int:
    """Bytes of this process in memory."""
    return int(Path("/proc/self/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")


if __name__ == "__main__":
    sys.stdout.write(json.dumps(asdict(_here(sys.argv[1]))))
