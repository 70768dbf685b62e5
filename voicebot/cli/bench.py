"""`voicebot bench …`: what the robot is measured by."""

import typer

from voicebot.cli import bench_answers, bench_barge_in, bench_dialogues

app = typer.Typer(help="Measure the robot with real calls to virtual patients.", no_args_is_help=True)
bench_dialogues.register(app)
bench_answers.register(app)
bench_barge_in.register(app)


@app.callback()
def _group() -> None:
    """Without this a group of one command would be that command."""
