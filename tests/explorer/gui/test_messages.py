"""When the messages of the status bar appear, fade and go."""

from __future__ import annotations

import math

import pytest

from explorer.gui.messages import Messages


class Clock:
    """A clock that a test moves on."""

    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def messages(clock: Clock) -> Messages:
    return Messages(clock)


def seconds_until_gone(messages: Messages, clock: Clock) -> float:
    """Let time pass as the window does, and return how long the message was seen."""
    start = clock.now
    while messages.text:
        clock.now += min(messages.rest_s(), 1.0) + 1e-6
        messages.changes()
        assert clock.now - start < 120
    return clock.now - start


def test_a_message_fades_and_a_warning_stays_longer(messages: Messages, clock: Clock) -> None:
    messages.say("Saved a.png.")
    plain_s = seconds_until_gone(messages, clock)
    messages.say("Saved a.png.", is_warning=True)
    warning_s = seconds_until_gone(messages, clock)
    assert 4 < plain_s < 10
    assert warning_s > 2 * plain_s
    assert messages.rest_s() == math.inf


def test_the_opacity_falls_in_few_steps(messages: Messages, clock: Clock) -> None:
    messages.say("Saved a.png.")
    looks = [messages.shown()[1]]
    while messages.text:
        clock.now += 0.01
        if messages.changes():
            looks.append(messages.shown()[1])
    assert looks[0] == 1.0
    assert looks[-1] == 0.0
    assert looks == sorted(looks, reverse=True)
    assert 3 < len(set(looks)) < 10


def test_a_message_gives_way_once_it_could_be_read(messages: Messages, clock: Clock) -> None:
    messages.say("Added keyframe 1.")
    messages.give_way()
    assert messages.text == "Added keyframe 1."
    assert seconds_until_gone(messages, clock) < 3
    messages.say("The disk is full.", is_warning=True)
    clock.now += 6
    assert messages.text == "The disk is full."
    messages.give_way()
    assert seconds_until_gone(messages, clock) < 1


def test_a_new_message_takes_the_place_of_the_old_one(messages: Messages) -> None:
    messages.say("Saved a.png.", is_warning=True)
    messages.say("Saved b.png.")
    assert messages.text == "Saved b.png."
    messages.say("")
    assert messages.text == ""


def test_a_lasting_message_ends_with_what_it_speaks_of(messages: Messages, clock: Clock) -> None:
    running = [True]
    messages.say("Exporting a.mp4 …", during=lambda: running[0])
    clock.now += 3600
    messages.give_way()
    assert messages.text == "Exporting a.mp4 …"
    messages.say("Added keyframe 1.")
    assert messages.text == "Added keyframe 1."
    clock.now += 60
    assert messages.changes()
    assert messages.text == "Exporting a.mp4 …", "the message of the action was above it"
    running[0] = False
    assert messages.changes()
    assert messages.text == ""
    running[0] = True
    assert messages.text == "", "what has ended does not come back"
