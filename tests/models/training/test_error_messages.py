from mnist_gui.models.training.error_messages import error_message
from mnist_gui.runs.record import RunError


def test_a_compilers_message_is_cut_short(tmp_path):
    messages = error_message(RuntimeError("Could not translate: " + "loc(callsite " * 500), tmp_path, "Saving failed")
    assert messages.startswith("Saving failed: Could not translate") and messages.endswith("… (RuntimeError).")
    assert len(messages) < 250


def test_a_sentence_of_our_own_stays_whole(tmp_path):
    sentence = "Run a cannot be written " + "x" * 300
    assert error_message(RunError(sentence), tmp_path) == sentence
