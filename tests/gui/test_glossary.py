from mnist_gui.gui.glossary import WORDS, found


def test_the_words_stand_in_order_and_once():
    terms = [word.term.casefold() for word in WORDS]
    assert terms == sorted(set(terms))
    assert all(word.meaning.endswith(".") for word in WORDS)


def test_a_word_is_found_by_its_name_or_its_meaning():
    assert [word.term for word in found("ADADELTA")] == ["Adadelta"]
    assert {"filter", "kernel"} <= {word.term for word in found(" grid of weights")}
    assert [word.term for word in found("MaxPooling")] == ["max pooling"], "as the table of layers calls it"
    assert found("") == WORDS and found("xyzzy") == ()
