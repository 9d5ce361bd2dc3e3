"""The runs that answer, as cards, panels and menus show them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from mnist_gui.models.architectures import ARCHITECTURES, architecture_of
from mnist_gui.runs.record import RunError
from mnist_gui.runs.run import Run
from mnist_gui.runs.run_names import run_title, split_time
from mnist_gui.runs.store import MODELS, Place, RunStore
from mnist_gui.wording import plain_text, plural


@dataclass(frozen=True)
class Answerer:
    """A run that answers, or a place without a run.

    Attributes
    ----------
    place
        From 1; it has the mark of this number.
    model
        1, 2 or 3; 0 for another network.
    run
        Name of the run; empty if there is none.
    run_title
        What the run is called.
    title
        Unique among those that answer: "Model 3", "Model 3 notebook" beside another run of model 3, or the run's title;
        in a name with the time of the training, that is left out where it can be: "Own fast", "Own fast 21:59".
    summary, explanation
        What the network is, in plain words and in those of an expert.
    training
        How a run that came with the program was trained; empty for another.
    problem
        Why the chosen run cannot answer, in a sentence; empty if it can.
    """

    place: int
    model: int
    run: str
    title: str
    summary: str = ""
    explanation: str = ""
    training: str = ""
    problem: str = ""
    run_title: str = ""


def answerers(store: RunStore) -> tuple[Answerer, ...]:
    """Return those that answer."""
    places = store.places()
    return tuple(map(_answerer, range(1, len(places) + 1), places, _titles(places)))


NO_RUNS = tuple(
    Answerer(number, number, "", ARCHITECTURES[number].title, ARCHITECTURES[number].summary) for number in MODELS
)


def narrow_title(title: str) -> str:
    """Return a title of an answerer as it is written where there is little room: "1 best" for "Model 1 best"."""
    return title.removeprefix("Model ")


def training_text(run: Run) -> str:
    """Return how a run was trained, in plain words: "Trained 2 rounds on 55,000 digits"."""
    rounds, digits = run.record.exported or run.record.epochs, run.record.data.get("frames", 0)
    return f"Trained {plural(rounds, 'round')} on {plural(digits, 'digit')}"


def _titles(places: Sequence[Place]) -> list[str]:
    """Return a title for each place, as short as tells it from the others."""
    titles = [_title(place, places, _short_run_title(place)) for place in places]
    for time in ("%H:%M", "%Y-%m-%d %H:%M"):
        counts = Counter(titles)
        titles = [
            title if counts[title] == 1 else _title(place, places, _short_run_title(place, time))
            for title, place in zip(titles, places, strict=True)
        ]
    return [
        title if titles.count(title) == 1 else f"{title} ({_name(place)})"
        for title, place in zip(titles, places, strict=True)
    ]


def _title(place: Place, places: Sequence[Place], title: str) -> str:
    """Return the title of a place, given that of its run."""
    if place.model is None:
        return plain_text(title)
    model = ARCHITECTURES[place.model].title
    is_only = [other.model for other in places].count(place.model) == 1
    return model if is_only or not title else f"{model} {short_title(title, place.model)}"


def _short_run_title(place: Place, time: str = "") -> str:
    """Return the title of a run; if it is the name that the run got when it was created, with the time in this form."""
    title = _run_title(place)
    short, created = split_time(title)
    if created is None or title != _name(place):
        return title
    short = f"Own {short.removeprefix('own-')}" if place.model is None else short
    return f"{short} {created:{time}}" if time else short


def _name(place: Place) -> str:
    return place.name if place.run is None else place.run.name


def _run_title(place: Place) -> str:
    return run_title(place.name) if place.run is None else place.run.title


def short_title(title: str, model: int) -> str:
    """Return the title of a run of a model without the model: "notebook" of model-3-notebook."""
    return plain_text(title.removeprefix(f"model-{model}-"))


def _answerer(number: int, place: Place, title: str) -> Answerer:
    run = place.run
    name = _name(place)
    if place.model is not None:
        architecture = ARCHITECTURES[place.model]
        summary, explanation = architecture.summary, architecture.explanation
    elif run is not None and run.record.imported is not None:
        summary, explanation = "Your own network, from a file", _expectation(run)
    else:
        summary, explanation = _own_network(run)
    training = training_text(run) if run is not None and run.shipped else ""
    return Answerer(
        number,
        place.model or 0,
        name if run else "",
        title,
        summary,
        explanation,
        training,
        place.problem,
        _run_title(place),
    )


def _own_network(run: Run | None) -> tuple[str, str]:
    """Return summary and explanation of a network of the user's own layers."""
    try:
        architecture = None if run is None else architecture_of(run)
    except RunError:
        architecture = None
    return ("Your own network", "") if architecture is None else (architecture.summary, architecture.explanation)


def _expectation(run: Run) -> str:
    """Return where an imported network comes from, and what it expects and gives, as far as its record says."""
    # Launching with the three does not import it.
    from mnist_gui.models.importing.model_import import describe_import

    file = plain_text(str((run.record.imported or {}).get("file", "")))
    try:
        return f"{file}: {describe_import(run)}."
    except (KeyError, TypeError, ValueError):
        return file
