"""`mnist-gui study`: trains the same networks with several seeds and settings, and prints what that says."""

from __future__ import annotations

import argparse
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from mnist_gui.cli.console import FAILED, OK, PAUSED, Console, OutputError, UsageError, shell_command
from mnist_gui.cli.data import add_data_option, data_of, read_data
from mnist_gui.cli.interrupts import paused_by_signals
from mnist_gui.cli.progress import show_progress
from mnist_gui.cli.study_cluster import add_cluster_options, check_cluster_options, train_study_on_cluster
from mnist_gui.paths import cache_folder, shipped_studies_folder, user_studies_folder
from mnist_gui.runs.store import MODELS, RunStore
from mnist_gui.wording import plural, rough_duration

if TYPE_CHECKING:
    from mnist_gui.digits.dataset import Dataset
    from mnist_gui.models.recipes import Recipe
    from mnist_gui.models.training.training_events import Event
    from mnist_gui.studies.plan import PlannedRun, StudyPlan
    from mnist_gui.studies.results import StudyResult
    from mnist_gui.studies.study import Study, StudyStore

_STATUSES = {"completed": OK, "paused": PAUSED, "failed": FAILED}
_UNFINISHED = {"paused": "is paused", "failed": "ended early, but keeps what is trained"}
PLAN_OPTIONS = ("models", "layers", "recipe", "seeds", "vary")


def add_study_options(study: argparse.ArgumentParser) -> None:
    """Add the options of the command."""
    study.add_argument("name", nargs="?", metavar="NAME", help="name of the study; without it, all studies are listed")
    study.add_argument("--model", dest="models", type=int, nargs="+", choices=MODELS, help="default: 1 2 3")
    study.add_argument(
        "--layers",
        action="append",
        metavar="LAYERS",
        help='a network of your own: "conv 3 64, pool 2, dense 128"; may be given several times, and beside --model',
    )
    study.add_argument("--recipe", help="name of the recipe; default: fast")
    study.add_argument("--seeds", type=int, metavar="N", help="number of seeds, from 1 on; default: 5")
    study.add_argument(
        "--vary",
        action="append",
        metavar="FIELD=VALUE,VALUE",
        help="train with each of these values of a field of the recipe; may be given for several fields",
    )
    add_data_option(study)
    study.add_argument("--results", action="store_true", help="print what the completed runs say, and train nothing")
    study.add_argument(
        "--studies", type=Path, metavar="DIR", help="folder of your studies; default: the data folder of the user"
    )
    add_cluster_options(study)


def study(arguments: argparse.Namespace, _store: RunStore, console: Console) -> int:
    """Create, extend or continue a study, and print what it says; return the exit status."""
    from mnist_gui.studies.plan import PlanError
    from mnist_gui.studies.study import StudyError, StudyStore

    store = StudyStore(arguments.studies or user_studies_folder(), shipped_studies_folder())
    try:
        if arguments.name is None:
            if any(getattr(arguments, name) is not None for name in (*PLAN_OPTIONS, "data", "scheduler")):
                raise UsageError("Give the study a name: mnist-gui study NAME, followed by the options.")
            return _list(store, console)
        check_cluster_options(arguments)
        chosen = _chosen_study(arguments, store, console)
        is_read_only = arguments.results or chosen.shipped
        status = "completed" if is_read_only else _train(chosen, _dataset(chosen, console), arguments, console)
    except (PlanError, StudyError) as error:
        raise UsageError(str(error)) from error
    if status != "completed":
        folder = [] if arguments.studies is None else ["--studies", str(arguments.studies)]
        command = shell_command(["mnist-gui", "study", chosen.plan.name, *folder])
        console.print_error(f"Study {chosen.plan.name} {_UNFINISHED[status]}. Continue it with: {command}")
    _print_result(chosen, console)
    return _STATUSES[status]


def _list(store: StudyStore, console: Console) -> int:
    from mnist_gui.studies.study import StudyError

    names = store.names()
    if all(map(store.is_shipped, names)) and not console.as_json:
        console.print_line(f"There are no studies in {store.folder}. Begin one: mnist-gui study NAME --seeds 5")
    for name in names:
        try:
            found = store.get(name)
        except StudyError as error:
            console.print_error(str(error))
            continue
        done = found.plan.size - len(found.remaining(found.found_runs()))
        if console.as_json:
            console.print_json({"study": name, "title": found.plan.shown_name, "planned": found.plan.size,
                                "ended": done, "shipped": found.shipped})  # fmt: skip
        else:
            origin = f" ({found.plan.shown_name}, came with the program)" if found.shipped else ""
            console.print_line(f"{name}{origin}: {done} of {plural(found.plan.size, 'run')}")
    return OK


def _dataset(chosen: Study, console: Console, path: str | None = None) -> Dataset:
    """Return the data of a study; own data are in the cache if they were given before."""
    plan = chosen.plan
    return data_of({"name": plan.data_name, "checksum": plan.data_checksum}, f"Study {plan.name}", path, console)


def _chosen_study(arguments: argparse.Namespace, store: StudyStore, console: Console) -> Study:
    """Return the study of this name, extended by the options, or create it."""
    from mnist_gui.studies.plan import StudyPlan, parse_all_varied

    vary = parse_all_varied(arguments.vary or ())
    if not store.exists(arguments.name):
        if arguments.results:
            return store.get(arguments.name)  # which raises
        seeds = 5 if arguments.seeds is None else arguments.seeds
        layers = tuple(arguments.layers or ())
        models = tuple(arguments.models or (() if layers else MODELS))
        wanted = StudyPlan(arguments.name, models, _recipe(arguments.recipe), vary, _seeds(seeds), layers=layers)
        return store.create(wanted if arguments.data is None else wanted.on(read_data(arguments.data, console)))
    found = store.get(arguments.name)
    if arguments.data is not None:
        _dataset(found, console, arguments.data)
    plan: StudyPlan = found.plan
    given = [name for name in PLAN_OPTIONS if getattr(arguments, name) is not None]
    if given and arguments.results:
        raise UsageError("--results trains nothing; leave it out to extend the study, or the other options to read it.")
    if given:
        found.extend(
            replace(
                plan,
                models=tuple(arguments.models or plan.models),
                layers=tuple(arguments.layers or plan.layers),
                recipe=plan.recipe if arguments.recipe in (None, plan.recipe.name) else _recipe(arguments.recipe),
                vary=dict(plan.vary) | vary,
                seeds=plan.seeds if arguments.seeds is None else _seeds(arguments.seeds),
            )
        )
    return found


def _seeds(count: int) -> tuple[int, ...]:
    return tuple(range(1, count + 1))


def _recipe(name: str | None) -> Recipe:
    from mnist_gui.models.recipes import FAST, RECIPES

    if name is not None and name not in RECIPES:
        raise UsageError(f"There is no recipe {name!r}; give one of {', '.join(RECIPES)}.")
    return RECIPES[name or FAST.name]


def _train(chosen: Study, dataset: Dataset, arguments: argparse.Namespace, console: Console) -> str:
    """Train what remains; return how that ended."""
    from mnist_gui.cli.training_output import event_printer
    from mnist_gui.models.training.time_estimate import TimeEstimator
    from mnist_gui.models.training.trainer import train
    from mnist_gui.models.training.training_control import TrainingControl
    from mnist_gui.models.training.training_events import TrainingEnded
    from mnist_gui.studies.progress import StudyClock
    from mnist_gui.studies.runner import train_study

    clock = StudyClock(chosen)
    control = TrainingControl()
    estimator = TimeEstimator()
    with paused_by_signals(control) as pause, event_printer(console, estimator) as print_event:

        def begin(planned: PlannedRun, following: list[PlannedRun]) -> None:
            estimator.set_waiting([each.group.workload(len(dataset.train)) for each in following])
            number, left = chosen.plan.size - len(following), clock.seconds_left()
            if console.as_json:
                console.print_json({"event": "study_progressed", "run": number, "of": chosen.plan.size,
                                    "group": planned.group.title, "seed": planned.seed,
                                    "seconds_left": left})  # fmt: skip
            else:
                line = f"Run {number} of {chosen.plan.size}: {planned.group.title}, seed {planned.seed}"
                console.print_line(line if left is None else f"{line}; {rough_duration(left)} left of the study")

        def report(event: Event) -> None:
            try:
                print_event(event)
                if isinstance(event, TrainingEnded) and event.message:
                    console.print_error(event.message)
            except (OSError, OutputError):  # it is met again when the result is printed; the epochs must not be lost
                pause()

        if arguments.scheduler is not None:
            return train_study_on_cluster(chosen, dataset, arguments, console, begin, control, pause)
        return train_study(chosen, dataset, train=train, report=report, begin=begin, control=control)


def _print_result(chosen: Study, console: Console) -> None:
    from mnist_gui.analysis.evaluation_data import load_mnist_evaluation_set
    from mnist_gui.studies.result_cache import study_result

    with show_progress(console) as show:

        def progress(run: str, fraction: float) -> bool:
            show(f"Predicting with {run}", fraction)
            return True

        result: StudyResult | None = study_result(
            chosen, load_mnist_evaluation_set(), cache_folder(), progress=progress
        )
    assert result is not None  # it is never cancelled
    for problem in result.problems:
        console.print_error(problem)
    if console.as_json:
        console.print_json(result.to_json())
        return
    console.print_line(f"Study {result.title}: {result.completed} of {plural(result.planned, 'run')} completed")
    lines: list[str] = [f"Trained by the recipe {result.training}", *(group.summary for group in result.groups)]
    lines += [curve.sentence for curve in result.curves]
    lines += [pair.sentence for pair in result.pairs]
    for line in [*lines, result.headline]:
        console.print_line(line)
