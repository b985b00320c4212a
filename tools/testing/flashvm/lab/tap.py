# SPDX-License-Identifier: GPL-2.0
# Copyright (C) 2026 The FlashVM authors
"""Tests of unittest, told as TAP: the first line of its docstring names a test."""

import unittest


class Tap(unittest.TestResult):
    """A line a test."""

    def say(self, test, good, error=None):
        """Print it; ERROR is what unittest passes on."""
        print(f"{'ok' if good else 'not ok'} - {test.shortDescription()}",
              flush=True)
        for line in (self._exc_info_to_string(error, test).splitlines()
                     if error else []):
            print("# " + line)

    def addSuccess(self, test):
        self.say(test, True)

    def addError(self, test, err):
        super().addError(test, err)
        self.say(test, False, err)

    def addFailure(self, test, err):
        super().addFailure(test, err)
        self.say(test, False, err)


def run(module):
    """The exit status of the tests of MODULE."""
    result = Tap()
    unittest.defaultTestLoader.loadTestsFromModule(module).run(result)
    bad = len(result.errors) + len(result.failures)
    print(f"{result.testsRun - bad} passed, {bad} failed")
    return 1 if bad else 0
