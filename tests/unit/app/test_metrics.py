"""What Prometheus reads of a robot."""

import aiohttp

from voicebot.app.metrics import Metrics
from voicebot.dialog.turnaround import Turnaround
from voicebot.telephony.ports import LOOPBACK, Ports


async def test_replies_are_counted_whole_and_in_parts_and_gauges_are_looked_up() -> None:
    metrics, port = Metrics(), Ports.free().http
    metrics.replied(Turnaround(end_point_ms=250, meaning_ms=10, speaking_ms=60))
    metrics.gauge("outbound_calls", "attempts under way", lambda: 3)
    with metrics.served(port):
        async with aiohttp.ClientSession() as http, http.get(f"http://{LOOPBACK}:{port}/metrics") as answer:
            lines = (await answer.text()).splitlines()
    assert 'voicebot_reply_seconds_bucket{le="0.3",part="total"} 0.0' in lines
    assert 'voicebot_reply_seconds_bucket{le="0.4",part="total"} 1.0' in lines
    assert 'voicebot_reply_seconds_sum{part="end_point"} 0.25' in lines
    assert "voicebot_outbound_calls 3.0" in lines
