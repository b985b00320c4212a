#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0
# Copyright (C) 2026 The FlashVM authors
"""Say what is wrong in reStructuredText, by docutils, without Sphinx.

What only Sphinx knows, as the kernel's documents use it, is let through: a role
is its text, a directive is its content.
"""

import sys

try:
    from docutils import core, nodes
    from docutils.parsers.rst import Directive, directives, roles
except ImportError:
    sys.exit("rst.py: docutils is missing: install the package python3-docutils")

ROLES = ("doc", "ref", "c:func", "c:type", "manpage", "term")
DIRECTIVES = ("kernel-doc", "toctree", "flat-table", "only", "c:function")


class Anything(Directive):
    """A directive of Sphinx."""
    has_content = True
    optional_arguments = 100
    option_spec = None

    def run(self):
        return []


def text_role(_name, rawtext, text, *_unused, **_options):
    return [nodes.literal(rawtext, text)], []


def main():
    for name in ROLES:
        roles.register_local_role(name, text_role)
    for name in DIRECTIVES:
        directives.register_directive(name, Anything)
    for name in sys.argv[1:]:
        with open(name, encoding="utf-8") as file:
            # It reports to stderr; the caller takes any word for a failure.
            core.publish_doctree(file.read(), source_path=name,
                                 settings_overrides={"report_level": 2,
                                                     "halt_level": 5,
                                                     "file_insertion_enabled": False})
    return 0


if __name__ == "__main__":
    sys.exit(main())
