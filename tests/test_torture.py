"""The campaigns of `make torture`, cut short: every commit meets a few dozen strange files, options and accidents."""

import pytest
from torture import command_line, crashes, interrupts, lists, model_files, pages


@pytest.mark.parametrize(
    ("campaign", "number"),
    [
        (model_files.campaign, 30),
        (lists.campaign, 15),
        (command_line.campaign, 8),
        (crashes.kills, 2),
        (crashes.full_disks, 2),
        (crashes.at_once, 1),
        (interrupts.campaign, 2),
        (pages.pasted_lists, 50),
    ],
    ids=["model files", "lists", "command line", "kills", "full disks", "two at once", "interrupts", "pasted lists"],
)
def test_a_short_campaign_finds_nothing(campaign, number, tmp_path):
    line, failures = campaign(number, 0, tmp_path)
    assert failures == [], line
