"""Chains of layers as text: read, written, and refused with a sentence that names the item."""

import pytest

from mnist_gui.models.architectures import ARCHITECTURES
from mnist_gui.models.layer_chain import (
    ITEM_KINDS,
    MAX_ITEMS,
    ChainError,
    Item,
    chain_architecture,
    chain_of,
    chain_text,
    parse_chain,
)

NOTEBOOK = {
    1: "conv 3 64, conv 3 128, pool 2, dropout 0.5, dense 128, dropout 0.5",
    2: "conv 3 64, conv 5 128, pool 2, dropout 0.5, dense 256, norm, dropout 0.5",
    3: "conv 5 64, conv 7 128, pool 2, dropout 0.5, dense 256, norm, dropout 0.5, dense 128, norm, dropout 0.5",
}


@pytest.mark.parametrize("number", NOTEBOOK)
def test_the_notebooks_networks_can_be_written_as_text(number):
    network = ARCHITECTURES[number].network
    assert chain_architecture(parse_chain(NOTEBOOK[number])).network == network
    assert chain_text(chain_of(network)) == NOTEBOOK[number]


@pytest.mark.parametrize("text", ["  CONV  3 8 ,pool 2", "conv 3 8,\npool 2", "conv 3.0 8, pool 02"])
def test_spaces_case_and_lines_do_not_matter(text):
    assert chain_text(parse_chain(text)) == "conv 3 8, pool 2"


@pytest.mark.parametrize(
    ("text", "index", "expected"),
    [
        ("", None, "There are no layers; expected a list such as"),
        ("conv 3 8, , dense 10", 1, "Layer 2 is empty; expected one of conv SIDE FILTERS, pool SIDE"),
        ("conv 3 8, convolve 3 8", 1, "Layer 2 is “convolve 3 8”; expected one of conv"),
        ("conv 3", 0, "Layer 1 is “conv 3”; expected conv SIDE FILTERS with SIDE a whole number from 1 to 28"),
        ("conv 3 8 2", 0, "such as “conv 3 32”"),
        ("conv 3.5 8", 0, "a whole number"),
        ("conv 3 1025", 0, "FILTERS a whole number from 1 to 1024"),
        ("conv three 8", 0, "“conv three 8”"),
        ("conv -3 8", 0, "“conv -3 8”"),
        ("conv 3 1e9", 0, "“conv 3 1e9”"),
        ("dropout 1", 0, "SHARE from 0.01 to 0.99, such as “dropout 0.5”"),
        ("dropout nan", 0, "“dropout nan”"),
        ("norm 3", 0, "expected norm without a number"),
        ("dense 0", 0, "UNITS a whole number from 1 to 4096"),
        ("dense 5" + "5" * 400, 0, "..."),
        ("dense 5," * 300, None, "2,400 characters; expected at most 2,000"),
    ],
)
def test_a_text_that_is_no_chain_names_the_item(text, index, expected):
    with pytest.raises(ChainError) as caught:
        parse_chain(text)
    assert expected in str(caught.value)
    assert caught.value.index == index
    assert len(str(caught.value)) < 250


@pytest.mark.parametrize(
    ("text", "index", "expected"),
    [
        ("conv 3 8, pool 2, conv 14 8, dense 5", 2, "Layer 3, “conv 14 8”, needs 14x14 pixels and gets 13x13."),
        ("pool 28, pool 2", 1, "needs 2x2 pixels and gets 1x1"),
        ("dense 5, conv 3 8", 1, "Layer 2, “conv 3 8”, stands after “dense 5”, which returns a row of numbers"),
        ("dense 5, norm, pool 2", 2, "Move it before the first dense layer."),
        ("conv 1 1024, conv 1 1024, norm, dropout 0.5, conv 1 1024", None, ""),
        ("conv 1 1024, dense 4096", None, "parameters; expected at most"),
        (", ".join(["norm"] * (MAX_ITEMS + 1)), MAX_ITEMS, "41 layers; expected at most 40"),
    ],
)
def test_layers_that_do_not_fit_name_the_item(text, index, expected):
    chain = parse_chain(text)
    if not expected:
        chain_architecture(chain)
        return
    with pytest.raises(ChainError) as caught:
        chain_architecture(chain)
    assert expected in str(caught.value)
    assert caught.value.index == index


def test_the_usual_item_of_every_kind_can_be_added():
    for word in ITEM_KINDS:
        chain = parse_chain(str(Item.usual(word)))
        assert chain_of(chain_architecture(chain).network) == chain


def test_networks_that_are_no_chain_have_no_text():
    assert chain_of(ARCHITECTURES[1].network[:-1]) is None
