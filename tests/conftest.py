"""What every suite shares: the last lines say when Firestore was not tested, also where workers did the testing."""

from __future__ import annotations

from tests.firestore_emulator import pytest_terminal_summary

__all__ = ["pytest_terminal_summary"]
