"""The table of rules that clerks read: each example is what the rule makes of it."""

from __future__ import annotations

import pytest

from landdata.matching.examples import RULES

EXAMPLES = [(rule, given, wanted) for rule in RULES for *given, wanted in rule.examples]


@pytest.mark.parametrize(("rule", "given", "wanted"), EXAMPLES, ids=lambda one: getattr(one, "en", str(one)))
def test_a_rule_does_what_its_example_says(rule, given, wanted):
    assert rule.apply(*given) == wanted


def test_every_rule_has_examples():
    assert all(len(rule.examples) >= 2 and rule.vi and rule.en for rule in RULES)
