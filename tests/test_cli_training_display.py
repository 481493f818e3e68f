"""What a training shows while it runs: on a terminal a moving display, in a pipe a line for each epoch."""

import re

from torture.forks import on_terminal

CONTROL = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]")
NETWORK = ["--hidden-size", "16", "--embedding-size", "4", "--context-size", "3"]


def test_on_a_terminal_epochs_and_sampled_names_are_shown_and_removed_at_the_end(tmp_path, clean_environment):
    environment = clean_environment | {"TERM": "xterm-256color", "COLUMNS": "100"}
    arguments = ["train", "dinosaurs", "--model", "mlp", *NETWORK, "--epochs", "8", "-o", "m.safetensors"]
    code, shown = on_terminal(arguments, tmp_path, environment)
    assert code == 0
    plain = CONTROL.sub("", shown)
    assert re.search(r"mlp  epoch \d/8  loss \d\.\d{4}", plain)
    assert re.search(r"validation \d\.\d{4}  names/s [\d,]+  left \d+ s", plain)
    assert re.search(r"━+ +\d+%  [a-z]+  [a-z]+", plain), "a bar, and sampled names"
    lines = CONTROL.sub("", shown[shown.rindex("\x1b[2K") :]).splitlines()
    assert not [line for line in lines if "━" in line]
