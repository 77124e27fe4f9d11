"""The line to the database swallows everything, breaks, cuts or drags: callers are told in seconds, and it heals (F8)."""

from __future__ import annotations

import httpx
import proxy
import pytest
from faultworld import question
from lines import TOLD_IN, by, proxied, told
from syncworld import free_port, until

from api.client import Problem


@pytest.fixture(scope="module")
def line(world):
    """The API behind a proxy to the database, and the proxy's ear."""
    port = free_port()
    with (
        proxied(world, f"127.0.0.1:{port}") as control,
        world.serving(url=by(world.url, "127.0.0.1", port)) as process,
    ):
        world.wait()
        yield control, process


@pytest.fixture
def desk(world):
    with world.reader() as made:
        yield made


def test_a_black_hole_that_takes_everything(world, line, desk):
    """What is sent is confirmed and never answered: no time limit of TCP or of the server can help."""
    control, _ = line
    desk.lookup(question())
    proxy.tell(control, "blackhole")
    try:
        seconds, status = told(desk.lookup, question())
        assert (status, seconds < TOLD_IN) == (503, True), seconds
        seconds, status = told(desk.lookup, question())  # and whoever comes next
        assert (status, seconds < TOLD_IN) == (503, True), seconds
        assert world.alive() < 2
    finally:
        proxy.tell(control, "ok")
    assert until(lambda: told(desk.lookup, question())[1] == 200, seconds=15, what="healing")


def test_a_reset_line_is_asked_again(world, line, desk):
    """Idle connections that were cut are found out and made anew: no caller hears of it."""
    control, _ = line
    desk.lookup(question())
    for _ in range(5):
        proxy.tell(control, "reset")
        answer = desk.lookup(question())
        assert world.logged(answer)
        assert httpx.get(f"{world.issuer}/ready", trust_env=False, timeout=20).status_code == 200


def test_an_answer_cut_in_the_middle_is_no_answer(world, line, desk):
    control, _ = line
    desk.lookup(question())
    proxy.tell(control, "reset")
    proxy.tell(control, "cut 1500")
    try:
        for _ in range(4):
            asked = question()
            try:
                answer = desk.lookup(asked)
            except Problem as problem:
                assert problem.status == 503  # noqa: PT017 - either is right, and nothing else
            else:
                assert world.logged(answer)
                assert answer.certificates
    finally:
        proxy.tell(control, "ok")
        proxy.tell(control, "reset")
    assert until(lambda: told(desk.lookup, question())[1] == 200, seconds=15, what="healing")


def test_a_slow_line_only_makes_slow_answers(world, line, desk):
    control, _ = line
    desk.lookup(question())
    proxy.tell(control, "latency 0.3")
    try:
        assert world.logged(desk.lookup(question()))
    finally:
        proxy.tell(control, "ok")
