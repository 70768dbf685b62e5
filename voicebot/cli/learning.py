"""What was loaded is also listened for: names that the speech model does not know are taught to it."""

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

import typer

from voicebot.cli import store

if TYPE_CHECKING:
    from sqlalchemy import ColumnElement, Select

_SHOWN = 5  # words on the screen
_COLUMNS = ("doctor", "specialty", "service")  #: of a list's own columns, those that are said in a talk
_MOST = 20_000  # different values of a column; a long list has more surnames than a model should learn


def directory(context: typer.Context) -> None:
    """Doctors, specialties in the clinic's own words, sites and services, all that the store has."""
    _learn(context, _directory())


def people(context: typer.Context, campaign: str) -> None:
    """Who is called in a campaign, and about whom or what: the most frequent names first. A list brings doctors too."""
    from voicebot.store.tables import Contact, Patient

    names = (Patient.surname, Patient.name, Patient.patronymic)
    told = (Contact.data[column].as_string() for column in _COLUMNS)
    _learn(context, [*_directory(), *(_of_campaign(campaign, column) for column in (*names, *told))])


def _directory() -> "list[Select[Any]]":
    from sqlalchemy import select

    from voicebot.store.tables import Doctor, Service, Site

    return [select(column).distinct() for column in (Doctor.name, Doctor.specialty, Site.name, Service.name)]


def _of_campaign(campaign: str, column: "ColumnElement[Any]") -> "Select[Any]":
    from sqlalchemy import func, select

    from voicebot.store.tables import Campaign, Contact, Patient

    query = select(column).join_from(Contact, Patient, Contact.patient_id == Patient.id)
    query = query.join(Campaign, Campaign.id == Contact.campaign_id).where(Campaign.name == campaign)
    return query.group_by(column).order_by(func.count().desc()).limit(_MOST)


def _learn(context: typer.Context, queries: "Iterable[Select[Any]]") -> None:
    from voicebot.speech import models, own_words

    speech = store.settings(context).speech
    if not speech.learn_names:
        return
    with store.open_database(context).sync_read() as session:
        texts = [text for query in queries for text in session.scalars(query) if text]
    learnt = own_words.learn(models.folder(speech.model), texts)
    if learnt.words:
        some = ", ".join(learnt.words[:_SHOWN]) + (", …" if len(learnt.words) > _SHOWN else "")
        typer.echo(
            f"Модель {speech.model} узнала новых слов: {len(learnt.words)} ({some}). Слышит со следующего запуска."
        )
        typer.echo("Ударения поставлены по правилам; поправить: voicebot models add-words FILE", err=True)
    if learnt.lacking:
        typer.echo(f"Модель {speech.model} не слышит слов: {len(learnt.lacking)}, и выучить их не может.", err=True)
