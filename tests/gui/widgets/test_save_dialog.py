import pytest

from mnist_gui.gui.widgets.save_dialog import chosen_file

SUFFIXES = (".png", ".svg")


@pytest.mark.parametrize(
    ("typed", "meant"),
    [("a", "a.png"), ("a.svg", "a.svg"), ("a.SVG", "a.SVG"), ("v1.2", "v1.2.png"), (".svg", ".svg.png")],
)
def test_a_suffix_that_says_nothing_is_part_of_the_name(tmp_path, typed, meant):
    assert chosen_file(str(tmp_path / typed), SUFFIXES, ".png") == tmp_path / meant


def test_only_a_file_that_was_asked_about_is_replaced(tmp_path):
    (tmp_path / "a.png").touch()
    assert chosen_file(str(tmp_path / "a.png"), SUFFIXES, ".png").exists()
    with pytest.raises(FileExistsError, match="choose another name"):
        chosen_file(str(tmp_path / "a"), SUFFIXES, ".png")
