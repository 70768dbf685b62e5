"""`voicebot campaign create|fill|archive`: campaigns that the store fills, and those that are over."""

import asyncio
from typing import TYPE_CHECKING, Annotated

import typer

from voicebot.cli import store

if TYPE_CHECKING:
    from sqlalchemy.ext.asyncio import AsyncSession

    from voicebot.outbound.filling import Filled

_Name = Annotated[str, typer.Argument(help="The campaign's name.")]


def register(app: typer.Typer) -> None:
    for command in (create, fill, archive):
        app.command()(command)


def create(
    context: typer.Context,
    name: _Name,
    scenario: Annotated[str, typer.Option(help="Name of a scenario, or a .yaml file.")],
    source: Annotated[str, typer.Option(help="What fills it: visits, patients, waitlist, callback or survey.")] = "",
    every: Annotated[
        str, typer.Option(help="When it is filled: `day 18:00`, `week mon 10:00`, `month 1 10:00`, `quarter 1 10:00`.")
    ] = "",
    start: Annotated[bool, typer.Option("--start", help="Begin at once.")] = False,
) -> None:
    """Make a campaign without a list, or one that fills itself while `voicebot serve` runs.

    Without --source the scenario's own (`list: source:`) is taken. visits:tomorrow and patients:40-120 are asked
    every so often; waitlist (freed times), callback (callers who were not served) and survey all the time.

    Examples:
      voicebot campaign create завтра --scenario confirmation --source visits:tomorrow --every "day 18:00" --start
      voicebot campaign create потерянные --scenario перезвон.yaml --source callback:30m,after=2m --start
      voicebot campaign create опрос --scenario опрос.yaml --source survey:visits,after=2h,share=0.3
    """
    from voicebot.dialog import catalog
    from voicebot.errors import CampaignError
    from voicebot.outbound import campaigns, policy, sources

    talk = catalog.find(scenario)
    given = source or talk.list.get("source")
    asked = sources.read(given, every=every or None) if given else None
    if every and asked is None:
        raise CampaignError("--every without a source: nothing would be asked", place=name, mend="Give --source.")
    rules = policy.read(talk.policy, place=scenario, clinic=store.settings(context).clinic)
    kept = asked.model_dump(mode="json", exclude_none=True) if asked else None

    async def make(session: "AsyncSession") -> None:
        await campaigns.create(session, name, scenario=scenario, policy=rules, source=kept)
        if start:
            await campaigns.start(session, name)

    store.run(context, make)


def fill(
    context: typer.Context,
    name: _Name,
    source: Annotated[str, typer.Option("--from", help="visits or patients; by default the campaign's own.")] = "",
    where: Annotated[str, typer.Option(help="Which: `tomorrow,specialty=cardiologist`, `2026-11-25`, `40-120`.")] = "",
) -> None:
    """Ask the store now, and add whom it names; whom the campaign has already is not added again.

    Example: voicebot campaign fill завтра --from visits --where tomorrow,specialty=cardiologist
    """
    from voicebot.errors import CampaignError
    from voicebot.outbound import campaigns, filling, sources

    given = f"{source}:{where}" if source else store.run(context, lambda session: campaigns.source(session, name))
    if given is None or (where and not source):
        raise CampaignError("nothing says what to ask", place=name, mend="Give --from visits --where tomorrow.")
    clinic, database = store.settings(context).clinic, store.open_database(context)

    async def ask() -> "Filled":
        try:
            return await filling.fill(database, clinic, name, sources.read(given))
        finally:
            await database.close()

    filled = asyncio.run(ask())
    typer.echo(f"Добавлено в «{name}»: {filled.added}, без номера, на который можно звонить: {filled.without_number}")


def archive(context: typer.Context, name: _Name) -> None:
    """Put an ended campaign away: it leaves the lists, its prepared phrases are erased, its report stays."""
    from voicebot.outbound import campaigns
    from voicebot.speech.phrase_files import PhraseFiles

    settings = store.settings(context)
    campaign = store.run(context, lambda session: campaigns.archive(session, name))
    if settings.phrasebook_dir.is_dir():
        PhraseFiles(settings.phrasebook_dir, settings.speech.phrasebook_megabytes * 2**20).purge(
            f"campaign-{campaign.id}"
        )
