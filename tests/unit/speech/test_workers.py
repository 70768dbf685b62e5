"""How long sound waits for a thread that decodes it."""

from threading import Event

from voicebot.speech.workers import Workers


def test_what_waits_counts_while_it_waits_and_for_some_seconds_after() -> None:
    begun, go_on = Event(), Event()

    def work() -> None:
        begun.set()
        go_on.wait(30)

    workers = Workers(1)
    try:
        first = workers.submit(work)
        assert begun.wait(30)
        started = workers.delay()
        second = workers.submit(work)
        while workers.delay() < started + 0.02:
            pass
        waited = workers.delay()
        go_on.set()
        first.result(30)
        second.result(30)
        assert workers.delay() >= waited
    finally:
        go_on.set()
        workers.shutdown()
