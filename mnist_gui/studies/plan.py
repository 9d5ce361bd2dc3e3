"""The plan of a study: which runs it consists of, as plain values."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from itertools import product
from typing import Any

from mnist_gui.digits.dataset import MNIST_CHECKSUM, Dataset
from mnist_gui.digits.own_data import MAX_DIGITS, OwnData
from mnist_gui.models.architectures import ARCHITECTURES, OWN, Architecture
from mnist_gui.models.layer_chain import ChainError, chain_architecture, chain_text, parse_chain
from mnist_gui.models.recipes import (
    NUMBER_FIELDS,
    OPTIMIZERS,
    SCHEDULES,
    Recipe,
    RecipeError,
    field_title,
    value_text,
)
from mnist_gui.models.training.time_estimate import MNIST_TEST, MNIST_TRAIN, Workload
from mnist_gui.runs.store import MODELS

SCHEMA = 1
MAX_RUNS = 1_000
OWN_MARK = 4
MAX_NAME_LENGTH = 60
# No mark that means something to a file system or a shell, no hidden name, and no end that Windows drops.
_NAME = re.compile(r"\w(?:[\w .+-]*[\w+-])?")
_RESERVED = re.compile(r"(?i)(con|prn|aux|nul|com\d|lpt\d)(\..*)?")  # names of devices on Windows
_CHOICES: dict[str, tuple[str, ...]] = {"optimizer": tuple(OPTIMIZERS), "schedule": tuple(SCHEDULES)}
_NUMBERS = tuple(name for name in NUMBER_FIELDS if name not in ("seed", "copies"))
_VARIED = (*_NUMBERS, *_CHOICES)

Value = int | float | str


class PlanError(ValueError):
    """A plan is invalid, or does not fit the study; the message says what was given and what is expected."""


@dataclass(frozen=True)
class Group:
    """Runs that differ only in their seed.

    Attributes
    ----------
    model
        1, 2 or 3; `OWN` for a network of the user's own layers.
    recipe
        How they are trained.
    settings
        The fields of the recipe in which the groups differ, with the values of this group.
    layers
        Text of the user's own layers, see `mnist_gui.models.layer_chain`; empty for models 1, 2 and 3.
    """

    model: int
    recipe: Recipe
    settings: tuple[tuple[str, Value], ...]
    layers: str = ""

    @property
    def title(self) -> str:
        """Name shown to the user, without what all groups have in common: "Model 2, learning rate 0.002"."""
        settings = [f"{field_title(name)} {value_text(name, value)}" for name, value in self.settings]
        network = f"Model {self.model}" if self.model else f"Own ({self.layers})"
        return ", ".join([network, *settings])

    @property
    def mark(self) -> int:
        """Number of the colour and mark in figures: that of the model, or one that no model has."""
        return self.model or OWN_MARK

    @property
    def architecture(self) -> Architecture:
        """The network."""
        return ARCHITECTURES[self.model] if self.model else chain_architecture(parse_chain(self.layers))

    def workload(self, train: int = MNIST_TRAIN, test: int = MNIST_TEST) -> Workload:
        """Return the work of one run, given the numbers of training and test frames."""
        multiply_adds = 0 if self.model else self.architecture.multiply_adds
        return Workload.of(self.model, self.recipe, train, test, multiply_adds)

    def without(self, name: str) -> Group:
        """Return the group as if a field were not varied."""
        return replace(self, settings=tuple(setting for setting in self.settings if setting[0] != name))


@dataclass(frozen=True)
class PlannedRun:
    """One run of a study."""

    group: Group
    seed: int


@dataclass(frozen=True)
class StudyPlan:
    """Which networks are trained, how, and with which seeds: every combination of them is one run.

    Attributes
    ----------
    name
        Name of the study and of its folder.
    models
        1, 2 or 3 each.
    recipe
        The recipe of all runs, up to the varied fields.
    vary
        Values of the varied fields of the recipe, by field.
    seeds
        Seeds of each group.
    data_name, data_checksum, data_frames
        What all runs are trained on, and how many frames it has, also those that are held out.
    title
        What the study is called where it is shown; empty for its name.
    layers
        Texts of networks of the user's own layers, which are trained beside the models.

    Raises
    ------
    PlanError
        A value is invalid or repeated, or the plan has no runs or more than 1,000.
    """

    name: str
    models: tuple[int, ...]
    recipe: Recipe
    vary: Mapping[str, tuple[Value, ...]]
    seeds: tuple[int, ...]
    data_name: str = "MNIST"
    data_checksum: str = MNIST_CHECKSUM
    data_frames: int = MNIST_TRAIN
    title: str = ""
    layers: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        check_name(self.name)
        object.__setattr__(self, "layers", tuple(map(_usual_layers, self.layers)))
        own = "network of own layers"
        given: dict[str, tuple[Value, ...]] = {
            "model": self.models,
            "seed": self.seeds,
            own: self.layers,
            **self.vary,
        }
        needed = set(given) - {own} - ({"model"} if self.layers else set())
        for what, values in given.items():
            if not values and what in needed:
                raise PlanError(f"The study has no {field_title(what)}; give at least one.")
            if len(set(values)) < len(values):
                raise PlanError(f"The same {field_title(what)} is given twice: {', '.join(map(str, values))}.")
        for model in self.models:
            if model not in MODELS or isinstance(model, bool):
                raise PlanError(f"There is no model {model!s:.60}; give 1, 2 or 3.")
        for seed in self.seeds:
            _check_value("seed", seed)
        for name, values in self.vary.items():
            for value in values:
                _check_value(name, value)
        if self.size > MAX_RUNS:
            raise PlanError(f"The study would have {self.size:,} runs; give fewer values, for at most {MAX_RUNS:,}.")
        self.groups()  # a combination may be invalid where its values are not

    @property
    def training_text(self) -> str:
        """How its runs are trained, up to the varied fields: "fast with epochs 2 on My digits"."""
        text = self.recipe.name
        common: dict[str, Any] = {name: values[0] for name, values in self.vary.items() if len(values) == 1}
        if changes := replace(self.recipe, **common).changes_text:
            text += f" with {changes}"
        return text if self.data_checksum == MNIST_CHECKSUM else f"{text} on {self.data_name}"

    @property
    def shown_name(self) -> str:
        """What the study is called where it is shown."""
        return self.title or self.name

    @property
    def size(self) -> int:
        """Number of runs."""
        size = (len(self.models) + len(self.layers)) * len(self.seeds)
        for values in self.vary.values():
            size *= len(values)
        return size

    def groups(self) -> list[Group]:
        """Return the groups, models first, then own networks."""
        found = []
        for model, layers in [*((model, "") for model in self.models), *((OWN, text) for text in self.layers)]:
            for values in product(*self.vary.values()):
                settings: dict[str, Any] = dict(zip(self.vary, values, strict=True))
                try:
                    recipe = replace(self.recipe, **settings)
                except RecipeError as error:
                    raise PlanError(str(error)) from error
                different = tuple(setting for setting in settings.items() if len(self.vary[setting[0]]) > 1)
                found.append(Group(model, recipe, different, layers))
        return found

    def runs(self) -> list[PlannedRun]:
        """Return the runs in the order of their training: one seed of every group first, so that each is seen early."""
        groups = self.groups()
        return [PlannedRun(group, seed) for seed in self.seeds for group in groups]

    def on(self, data: OwnData) -> StudyPlan:
        """Return the plan on the user's own data, of which a part is held out."""
        return replace(self.with_data(data.dataset), recipe=self.recipe.with_changes(held_out=data.held_out))

    def with_data(self, dataset: Dataset) -> StudyPlan:
        """Return the plan on other data."""
        frames = len(dataset.train)
        return replace(self, data_name=dataset.name, data_checksum=dataset.checksum, data_frames=frames)

    def extends(self, earlier: StudyPlan) -> bool:
        """Return whether this plan contains all runs of an earlier one of the same study."""
        return (
            self.name == earlier.name
            and self.recipe == earlier.recipe
            and self.data_checksum == earlier.data_checksum
            and tuple(self.vary) == tuple(earlier.vary)
            and set(self.models) >= set(earlier.models)
            and set(self.layers) >= set(earlier.layers)
            and set(self.seeds) >= set(earlier.seeds)
            and all(set(self.vary[name]) >= set(values) for name, values in earlier.vary.items())
        )

    def to_json(self) -> str:
        """Return the text of ``study.json``."""
        values = {
            "schema": SCHEMA,
            "name": self.name,
            "models": self.models,
            "recipe": self.recipe.to_json(),
            "vary": self.vary,
            "seeds": self.seeds,
        }
        if self.data_checksum != MNIST_CHECKSUM:
            values["data"] = {
                "name": self.data_name,
                "checksum": self.data_checksum,
                "frames": self.data_frames,
            }
        if self.title:
            values["title"] = self.title
        if self.layers:
            values["layers"] = self.layers
        return json.dumps(values, indent=1, ensure_ascii=False) + "\n"

    @classmethod
    def from_json(cls, text: str) -> StudyPlan:
        """Parse the text of `to_json`, which a user may have changed.

        Raises
        ------
        PlanError
            The text is no JSON, or an entry is missing, unknown or invalid.
        """
        try:
            values = json.loads(text)
        except (ValueError, RecursionError) as error:
            raise PlanError(f"it is not complete JSON ({error})") from error
        expected = ("schema", "name", "models", "recipe", "vary", "seeds")
        if not isinstance(values, dict) or set(values) - {"data", "title", "layers"} != set(expected):
            raise PlanError(
                f"its entries must be {', '.join(expected)}, data where that is not MNIST, and title and layers if it "
                "has them"
            )
        if values["schema"] != SCHEMA:
            raise PlanError(f"it has schema version {values['schema']!r:.80}; this program reads version {SCHEMA}")
        for name, kind in (("name", str), ("models", list), ("recipe", dict), ("vary", dict), ("seeds", list)):
            if not isinstance(values[name], kind):
                raise PlanError(f"its entry {name} is {values[name]!r:.80}; expected {_KINDS[kind]}")
        vary = values["vary"]
        lists = [values["models"], values["seeds"], *vary.values()]
        if not all(isinstance(entry, list) and all(isinstance(value, Value) for value in entry) for entry in lists):
            raise PlanError("its models, seeds and varied values must be lists of numbers or words")
        try:
            recipe = Recipe.from_json(values["recipe"])
        except RecipeError as error:
            raise PlanError(str(error)) from error
        vary = {name: tuple(entry) for name, entry in vary.items()}
        layers = values.get("layers", [])
        if not isinstance(layers, list) or not all(isinstance(text, str) for text in layers):
            raise PlanError(f"its entry layers is {layers!r:.80}; expected a list of texts")
        plan = cls(values["name"], tuple(values["models"]), recipe, vary, tuple(values["seeds"]), layers=tuple(layers))
        data = values.get("data", {"name": plan.data_name, "checksum": plan.data_checksum})
        if not isinstance(data, dict) or not all(isinstance(data.get(name), str) for name in ("name", "checksum")):
            raise PlanError(f"its entry data is {data!r:.80}; expected an object with name and checksum")
        frames = data.get("frames", plan.data_frames)
        if not isinstance(frames, int) or isinstance(frames, bool) or not 0 < frames <= MAX_DIGITS:
            raise PlanError(f"the frames of its data are {frames!r:.80}; expected a whole number up to {MAX_DIGITS:,}")
        title = values.get("title", "")
        if not isinstance(title, str) or len(title) > MAX_NAME_LENGTH:
            raise PlanError(f"its entry title is {title!r:.80}; expected at most {MAX_NAME_LENGTH} characters")
        name, checksum = data["name"], data["checksum"]
        return replace(plan, data_name=name, data_checksum=checksum, data_frames=frames, title=title)


_KINDS = {str: "text", list: "a list", dict: "an object"}


def _usual_layers(text: str) -> str:
    """Return the text of a network's layers in its usual form; raise `PlanError` if there is no such network."""
    try:
        chain = parse_chain(text)
        chain_architecture(chain)
    except ChainError as error:
        raise PlanError(str(error)) from error
    return chain_text(chain)


def check_name(name: str) -> None:
    """Raise `PlanError` if a name cannot be that of a folder on every system."""
    if not _NAME.fullmatch(name) or _RESERVED.fullmatch(name) or len(name) > MAX_NAME_LENGTH:
        raise PlanError(
            f"{name[:80]!r} cannot be the name of a study; give letters, digits, spaces, dots, plus signs and "
            f"hyphens, at most {MAX_NAME_LENGTH}."
        )


def parse_varied(text: str) -> tuple[str, tuple[Value, ...]]:
    """Return the field and the values of a text such as "learning_rate=0.001,0.002".

    Raises
    ------
    PlanError
        The text has another form, the field is none that can be varied, or a value is invalid.
    """
    name, equals, values = text.partition("=")
    name = name.strip().replace("-", "_")
    if not equals or name not in _VARIED:
        raise PlanError(f"{text!r:.80} varies nothing; give FIELD=VALUE,VALUE with one of {', '.join(_VARIED)}.")
    if name in _CHOICES:
        return name, tuple(value.strip() for value in values.split(","))
    try:
        return name, tuple(NUMBER_FIELDS[name].parse(value) for value in values.split(","))
    except RecipeError as error:
        raise PlanError(str(error)) from error


def parse_all_varied(texts: Iterable[str]) -> dict[str, tuple[Value, ...]]:
    """Return the fields and values of several such texts; the values of a field that is given twice add up."""
    vary: dict[str, tuple[Value, ...]] = {}
    for name, values in map(parse_varied, texts):
        vary[name] = (*vary.get(name, ()), *values)
    return vary


def _check_value(name: str, value: Any) -> None:  # noqa: ANN401 - whatever JSON holds
    try:
        if name in _CHOICES:
            if value not in _CHOICES[name]:
                raise PlanError(f"{name.capitalize()} is {value!r:.80}; give one of {', '.join(_CHOICES[name])}.")
        elif name == "seed" or name in _NUMBERS:
            NUMBER_FIELDS[name].check(value)
        else:
            raise PlanError(f"{name!r:.80} cannot be varied; give one of {', '.join(_VARIED)}.")
    except RecipeError as error:
        raise PlanError(str(error)) from error
