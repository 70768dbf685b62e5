"""`voicebot bench …`: what the robot is measured by."""

import typer

from voicebot.cli import bench_answers, bench_barge_in, bench_dialogues, bench_speech, bench_synthesis

app = typer.Typer(help="Measure the robot: real calls to virtual patients, speech.", no_args_is_help=True)
bench_dialogues.register(app)
bench_answers.register(app)
bench_barge_in.register(app)
bench_synthesis.register(app)
bench_speech.register(app)


@app.callback()
def _group() -> None:
    """Without this a group of one command would be that command."""
