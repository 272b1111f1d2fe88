"""The page of requirements says what the tests are, and every requirement has one."""

from __future__ import annotations

from tests import requirements_page


def test_the_page_is_made_from_the_tests() -> None:
    """Whoever adds a test for a requirement writes the page anew: `python -m tests.requirements_page`."""
    assert requirements_page.PAGE.read_text(encoding="utf-8") == requirements_page.page()


def test_every_requirement_that_is_there_is_shown() -> None:
    """None without a test named after it."""
    assert requirements_page.missing() == []


def test_names_of_tests_name_requirements_that_exist() -> None:
    """A number that nobody asked for is a slip of the pen."""
    known = {one.number for one in requirements_page.requirements()}
    assert {number for test in requirements_page.shown() for number in test.numbers} <= known
