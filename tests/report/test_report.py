"""The page, parsed; and opened in a real browser without a window where one is installed (Chromium or Chrome)."""

import re
import shutil
import subprocess
from dataclasses import replace
from datetime import datetime
from html.parser import HTMLParser
from xml.etree import ElementTree

import numpy as np
import pytest
from PIL import Image

from mnist_gui.analysis.robustness import RobustnessCurve, corruption_amounts
from mnist_gui.analysis.summary_table import summary_table
from mnist_gui.digits.corruptions import CORRUPTIONS
from mnist_gui.models.layer_chain import chain_architecture, parse_chain
from mnist_gui.models.networks import network_to_json
from mnist_gui.report.report import MAX_WORST, Report, how_trained, report_figures, report_html, write_report
from mnist_gui.report.svg import LIGHT
from tests.comparison_data import compared_run, comparison_of

BROWSER = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome", "chrome"))), None)
VOID = {"meta", "img", "br"}


class Page(HTMLParser):
    """Checks that every element is closed in order, and gathers words and addresses."""

    def __init__(self, text):
        super().__init__()
        self.open, self.words, self.addresses, self.names = [], [], [], []
        self.feed(text)
        self.close()
        assert self.open == []

    def handle_starttag(self, tag, attrs):
        self.names.append(tag)
        self.addresses += [value for key, value in attrs if key in ("src", "href", "action", "srcset")]
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag, attrs):
        self.names.append(tag)
        self.addresses += [value for key, value in attrs if key in ("src", "href", "action", "srcset")]

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, data):
        self.words.append(data)


@pytest.fixture
def made(make_run, tmp_path, counting):
    """A report of two runs, one with a name that would break a careless page."""
    labels = np.repeat(np.arange(10, dtype=np.uint8), 6)
    found = []
    for model in (1, 2):
        run = make_run(model, note="<i>mine</i>" if model == 1 else "")
        predicted = labels.astype(int)
        predicted[: 3 * model] = 7
        found.append(compared_run("a<b>&" if model == 1 else run.name, model, predicted, labels, run=run))
    comparison = comparison_of(*found, problems=("Run x & y was left out.",))
    curves = [
        RobustnessCurve(each.title, each.model, name, corruption_amounts(corruption), (60, 50, 40, 30, 20, 10), 60)
        for name, corruption in CORRUPTIONS.items()
        for each in comparison.compared_runs
    ]
    return Report(comparison, summary_table(comparison, tmp_path), curves)


def test_the_page_says_what_a_class_wants_to_know(made):
    text = report_html(made, written=datetime(2026, 1, 2, 3, 4))
    page = Page(text)
    words = " ".join("".join(page.words).split())
    for expected in (
        "Which model is better, and where does each fail?",
        "Judged on MNIST test, 60 digits. Written 2026-01-02 03:04",
        "Run x & y was left out.",
        "a<b>&",
        "99.14 %",
        "Only several seeds of each model speak for the architectures.",
        "Every model has one seed only",
        "recipe “fast”: 1 of 1 epochs of 2,400 frames",
        "<i>mine</i>",
        "Most frequent: 0 read as 7 (3).",
        "Wrong by all 2 runs: 3",
        "Learning rate",  # of the table of settings
        "Planned epochs",
        "Expected calibration error",
        "its answers are all equally sure",
        "MNIST-C",
    ):
        assert expected in words, expected
    assert words.count("✗") >= 9


def test_it_needs_nothing_from_anywhere_and_runs_nothing(made):
    text = report_html(made)
    page = Page(text)
    assert all(address.startswith("data:image/png;base64,") for address in page.addresses)
    assert not {"script", "link", "iframe", "object", "a"} & set(page.names)
    assert set(re.findall(r"https?://[^\"' <]+", text)) == {"http://www.w3.org/2000/svg"}  # a name, never fetched
    assert not re.search(r"url\(|@import", text)


def test_it_follows_the_browsers_theme_and_prints_in_light(made):
    text = report_html(made)
    assert "@media (prefers-color-scheme: dark)" in text
    assert "@media print" in text
    used = set(re.findall(r"var\((--[a-z0-9]+)\)", text))
    defined = set(re.findall(r"(--[a-z0-9]+):", text))
    assert used <= defined


def test_every_figure_is_there_as_a_picture_too(made):
    figures = report_figures(made, LIGHT)
    assert list(figures) == [
        "errors", "curves-1", "curves-2", "matrix-1", "matrix-2", "matrix-3",
        "reliability-1", "reliability-2", "reliability-3", "coverage", "robustness",
    ]  # fmt: skip
    for figure in figures.values():
        assert "var(" not in figure


def test_one_run_judged_on_one_digit_makes_a_page(make_run, tmp_path, counting):
    run = make_run(1)
    comparison = comparison_of(compared_run(run.name, 1, [3], [3], run=run))
    (run.folder / "history.csv").write_text("nonsense")
    words = "".join(Page(report_html(Report(comparison, summary_table(comparison, tmp_path)))).words)
    assert "Choose a second run to compare." in words
    assert "There is none." in words


def page_of(make_run, tmp_path, *compared, problems=()):
    """Return the page of compared runs that were made by hand."""
    runs = [replace(each, run=make_run(each.model)) for each in compared]
    comparison = comparison_of(*runs, problems=problems)
    return report_html(Report(comparison, summary_table(comparison, tmp_path)))


def test_names_of_any_text_are_plain(make_run, tmp_path):
    title = "a\x1b[2J\u202e\udcff\x00<img src=x onerror=alert(1)>\n=1"
    runs = [replace(compared_run(title, 1, [3, 1], [3, 3]), run=make_run(1)), compared_run("b", 2, [1, 3], [3, 3])]
    comparison = comparison_of(runs[0], replace(runs[1], run=make_run(2)), problems=(title,))
    comparison = replace(comparison, data=replace(comparison.data, name=title))
    report = Report(comparison, summary_table(comparison, tmp_path))
    write_report(tmp_path / "report.html", report)
    text = (tmp_path / "report.html").read_text(encoding="utf-8")
    assert not re.search("[\x00-\x09\x0b-\x1f\ud800-\udfff\u202e]", text)
    assert "<img src=x" not in text
    assert "a\ufffd[2J\ufffd\ufffd\ufffd" in text
    for figure in report_figures(report, LIGHT).values():
        ElementTree.fromstring(figure)


def test_how_a_run_was_trained_is_said_whatever_wrote_it(make_run):
    run = make_run(2, seed=5, environment={"device": "CPU, 2 cores", "keras": "3.15.1"})
    text = how_trained(run)
    assert "Model 2, 3×3, 5×5" in text
    assert "seed 5" in text
    assert "on CPU, 2 cores, Keras 3.15.1." in text
    text = how_trained(make_run(1, recipe="from the future", parent="older"))
    assert "“from the future”" in text
    assert "an unknown optimizer" in text
    assert "taught from run older" in text


@pytest.mark.parametrize(
    ("confidence", "text"), [(1.0, "&gt;99.9 %"), (0.9991, "&gt;99.9 %"), (0.9951, "99.5 %"), (0.876, "88 %")]
)
def test_no_confidence_is_rounded_to_100(make_run, tmp_path, counting, confidence, text):
    page = page_of(make_run, tmp_path, compared_run("a", 1, [1, 2], [1, 3], confidence))
    assert f"2, {text}</figcaption>" in page.replace("\xa0", " ")


def test_what_was_left_out_is_said_only_where_something_was(make_run, tmp_path, counting):
    run = compared_run("a", 1, [1, 2], [1, 2])
    assert "Left out, and why" not in page_of(make_run, tmp_path, run)
    page = page_of(make_run, tmp_path, run, problems=("Run b is gone.",))
    assert "Left out, and why" in page
    assert "Run b" in page


def test_the_worst_digits_are_no_more_than_a_page_bears(make_run, tmp_path, counting):
    page = page_of(make_run, tmp_path, compared_run("a", 1, np.ones(200, int), np.zeros(200, np.uint8)))
    assert page.count("<figure>") == MAX_WORST
    assert f"a: 200, the worst {MAX_WORST}" in page


def test_robustness_is_left_out_where_it_was_not_computed(make_run, tmp_path, counting):
    assert "When digits are made worse" not in page_of(make_run, tmp_path, compared_run("a", 1, [1, 2], [1, 2]))


def test_precision_recall_and_f1_of_each_digit_are_a_table_for_each_run(made):
    page = Page(report_html(made))
    words = "|".join(word for word in page.words if word.strip())
    assert words.count("Digit|Precision|Recall|F1|Digits|0|") == 3
    # Model 1 reads three of the six 0s as 7s.
    assert "0|100.00 %|50.00 %|66.67 %|6|" in words
    assert "7|66.67 %|100.00 %|80.00 %|6|" in words
    assert "Precision: of the answers that name this digit, the share that is right;" in words


def test_it_is_written_whole_into_a_folder_that_is_made(made, tmp_path):
    path = tmp_path / "new" / "report.html"
    write_report(path, made)
    assert path.read_text(encoding="utf-8").endswith("</html>\n")
    with pytest.raises(OSError):
        write_report(path / "below", made)


def test_a_model_of_ones_own_and_an_added_one_are_reported(make_run, tmp_path):
    labels = np.repeat(np.arange(10, dtype=np.uint8), 6)
    layers = network_to_json(chain_architecture(parse_chain("conv 5 4, pool 2, dense 8")).network)
    imported = {"file": "mnist <b>.onnx", "format": "onnx"}
    found = []
    for run in (make_run(1), make_run(None, layers=layers), make_run(None, imported=imported)):
        predicted = labels.astype(int)
        predicted[: 3 * len(found)] = 7
        found.append(compared_run(run.name, run.model, predicted, labels, run=run))
    comparison = comparison_of(*found)
    page = report_html(Report(comparison, summary_table(comparison, tmp_path, measure=False)))
    Page(page)
    assert "Your own, 5×5 · sees 5×5" in page
    assert "Looks at 5×5 pixels at a time" in page
    assert "A model of your own, from mnist &lt;b&gt;.onnx, added" in page
    assert "odel 0" not in page
    assert "M0" not in page


@pytest.mark.skipif(BROWSER is None, reason="no Chromium or Chrome is installed; the page was parsed all the same")
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_a_browser_shows_it_in_light_and_in_dark(made, tmp_path, scheme):
    page, shot = tmp_path / "report.html", tmp_path / "shot.png"
    write_report(page, made)
    browse(tmp_path, page, f"--screenshot={shot}", f"--blink-settings=preferredColorScheme={int(scheme == 'light')}")
    with Image.open(shot) as image:
        pixels = np.asarray(image.convert("RGB"), np.float32).mean(axis=2)
    background = np.median(pixels)
    assert background > 200 if scheme == "light" else background < 60
    # Words and figures stand out from it, and nothing overflows to the right.
    assert (np.abs(pixels - background) > 100).mean() > 0.01
    assert (np.abs(pixels[:, -24:] - background) > 100).mean() < 0.2


@pytest.mark.skipif(BROWSER is None, reason="no Chromium or Chrome is installed")
def test_a_browser_prints_it(made, tmp_path):
    page, printed = tmp_path / "report.html", tmp_path / "report.pdf"
    write_report(page, made)
    browse(tmp_path, page, f"--print-to-pdf={printed}")
    content = printed.read_bytes()
    assert content.startswith(b"%PDF")
    assert 2 <= len(re.findall(rb"/Type\s*/Page\b", content)) <= 12


def browse(folder, page, *options):
    """Open a page in a browser without a window, network or profile."""
    done = subprocess.run(
        [
            BROWSER, "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
            "--disable-background-networking", "--disable-component-update", "--disable-sync", "--disable-extensions",
            f"--user-data-dir={folder / 'profile'}", "--window-size=1100,3000", *options, page.as_uri(),
        ],
        capture_output=True,
        timeout=120,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr.decode(errors="replace")
