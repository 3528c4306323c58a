"""Imports: every way in which a name of one module comes to mean something in another."""

from __future__ import annotations

from edits import Theme, add, change, must, must_not, put, remove

ASSETS = """
import sys
from typing import TYPE_CHECKING

import dynamic
import plain
import toolbox
import toolbox.deep.drawer
import toolbox.hammer as hammer_module
from assetmake import asset
from both import *
from many import *
from plain import named as renamed
from toolbox import nail, saw
from toolbox.hammer import hit
from toolbox.screws import turn

try:
    from missing_module import speed
except ImportError:
    from slow_module import speed

if sys.version_info >= (3, 0):
    from recent import era
else:
    from ancient import era

if TYPE_CHECKING:
    import only_types

MODULES = {"a": dynamic}
again = renamed
loose = plain.loose


@asset
def by_module() -> str:
    return plain.named()


@asset
def by_alias() -> str:
    return renamed()


@asset
def by_second_alias() -> str:
    return again()


@asset
def by_attribute_alias() -> str:
    return loose()


@asset
def by_submodule() -> str:
    return toolbox.deep.drawer.pull()


@asset
def by_submodule_alias() -> str:
    return hammer_module.hit()


@asset
def by_name_of_submodule() -> str:
    return hit()


@asset
def by_package() -> str:
    return nail()


@asset
def by_package_attribute() -> str:
    return toolbox.nail()


@asset
def by_imported_submodule() -> str:
    return saw.cut()


@asset
def by_relative_import() -> str:
    return turn()


@asset
def by_star() -> str:
    return starred() + shared()


@asset
def by_fallback() -> str:
    return speed()


@asset
def by_condition() -> str:
    return era()


@asset
def lazy() -> str:
    from hidden import hide

    return hide()


@asset
def lazy_module() -> str:
    import hidden.cellar

    return hidden.cellar.store()


@asset
def lazy_in_helper() -> str:
    return toolbox.open_lazily()


@asset
def by_namespace_package() -> str:
    import loose_folder.leaf

    return loose_folder.leaf.grow()


@asset
def computed_name() -> str:
    return getattr(dynamic, "na" + "me")()


@asset
def module_passed_on() -> str:
    return call_first(dynamic)


@asset
def module_as_default() -> str:
    return call_default()


def call_default(module=dynamic):
    return module.first()


@asset
def module_in_constant() -> str:
    return MODULES["a"].first()


@asset
def module_s_dictionary() -> str:
    return dynamic.__dict__["first"]()


@asset
def literal_name() -> str:
    return getattr(dynamic, "name")()


def call_first(module):
    return module.first()


@asset
def through_circle() -> str:
    return left.go()


import left
"""


def define(**results: str) -> str:
    """Return functions without parameters, by name and what they return."""
    return "\n\n".join(f"def {name}():\n    return {result}\n" for name, result in results.items())


TOOLBOX = '''
"""Tools."""
from . import saw
from .hammer import hit as nail

VERSION = 1


def open_lazily():
    from .deep import drawer
    from .lazy_part import part

    return part() + drawer.pull()


def idle():
    return "idle"
'''
SCREWS = "from .deep.drawer import pull\nfrom . import saw as blade\n\n\n" + define(turn="pull() + blade.cut()")
FILES = {
    "assets.py": ASSETS,
    "plain.py": define(named='"named"', loose='"loose"', other='"other"'),
    "toolbox/__init__.py": TOOLBOX,
    "toolbox/hammer.py": "FORCE = 3\n\n\n" + define(hit='"hit" * FORCE', rest="1"),
    "toolbox/saw.py": define(cut='"cut"', bend='"bend"'),
    "toolbox/screws.py": SCREWS,
    "toolbox/lazy_part.py": define(part='"part"'),
    "toolbox/deep/__init__.py": "",
    "toolbox/deep/drawer.py": "from ..hammer import FORCE\n\n\n" + define(pull='f"pull {FORCE}"', push="2"),
    "toolbox/unused.py": define(rust="1"),
    "both.py": '__all__ = ["shared"]\n\n\n' + define(shared='"of both"', starred='"never"'),
    "many.py": define(starred='"starred"', shared='"of many"', third="3"),
    "slow_module.py": define(speed='"slow"'),
    "recent.py": define(era='"recent"'),
    "ancient.py": define(era='"ancient"'),
    "only_types.py": "class Kind:\n    x = 1\n",
    "hidden/__init__.py": define(hide='"hidden"', seek="1"),
    "hidden/cellar.py": define(store='"stored"', lock="1"),
    "loose_folder/leaf.py": define(grow='"leaf"'),
    "dynamic.py": define(name='"name"', first='"first"', unread="1"),
    "left.py": "import right\n\n\n" + define(go='"left " + right.go()', end='"end"'),
    "right.py": "import left\n\n\n" + define(go='"right " + left.end()'),
}
WHOLE = "computed_name module_passed_on module_as_default module_in_constant module_s_dictionary"
MODULE = "a module that is handed about, or read by a computed name, counts as a whole"
DRAWER = "by_submodule by_relative_import lazy_in_helper"
HAMMER = "by_submodule_alias by_name_of_submodule by_package by_package_attribute"

IMPORTS = Theme(
    "imports",
    FILES,
    (
        must("function by its module", change("plain.py", '"named"', '"n"'), code="by_module by_alias by_second_alias"),
        must("function by an alias of an attribute", change("plain.py", '"loose"', '"l"'), code="by_attribute_alias"),
        must("function behind a package's __init__", change("toolbox/hammer.py", '"hit" *', '"HIT" *'), code=HAMMER),
        must(
            "constant behind a package and relative imports",
            change("toolbox/hammer.py", "FORCE = 3", "FORCE = 4"),
            code=f"{HAMMER} {DRAWER}",
        ),
        must(
            "function of a submodule, dotted",
            change("toolbox/deep/drawer.py", 'f"pull {FORCE}"', 'f"{FORCE}"'),
            code=DRAWER,
        ),
        must(
            "submodule imported by name",
            change("toolbox/saw.py", '"cut"', '"snip"'),
            code="by_imported_submodule by_relative_import",
        ),
        must(
            "function that was imported relatively",
            change("toolbox/screws.py", "pull() + blade.cut()", "pull()"),
            code="by_relative_import",
        ),
        must(
            "name that a package re-exports, replaced",
            change("toolbox/__init__.py", "from .hammer import hit as nail", "from .saw import bend as nail"),
            code="by_package by_package_attribute",
        ),
        must(
            "import that is replaced",
            change("assets.py", "from plain import named as renamed", "from plain import other as renamed"),
            code="by_alias by_second_alias",
        ),
        must(
            "alias that is replaced",
            change("assets.py", "again = renamed", "again = toolbox.idle"),
            code="by_second_alias",
        ),
        must("function by a star", change("many.py", '"starred"', '"star"'), code="by_star"),
        must("function by the last of two stars", change("many.py", '"of many"', '"many"'), code="by_star"),
        must("names that a star brings", add("many.py", '\n\n__all__ = ["starred"]\n'), code="by_star"),
        must("function of an import's fallback", change("slow_module.py", '"slow"', '"slower"'), code="by_fallback"),
        must(
            "module that makes a fallback needless",
            put("missing_module.py", 'def speed():\n    return "fast"\n'),
            code="by_fallback",
        ),
        must("import on a condition", change("recent.py", '"recent"', '"now"'), code="by_condition"),
        must("condition of an import", change("assets.py", ">= (3, 0)", "< (3, 0)"), code="by_condition"),
        must("function that is imported in a function", change("hidden/__init__.py", '"hidden"', '"h"'), code="lazy"),
        must(
            "module that is imported in a function", change("hidden/cellar.py", '"stored"', '"s"'), code="lazy_module"
        ),
        must(
            "module that a helper imports relatively",
            change("toolbox/lazy_part.py", '"part"', '"p"'),
            code="lazy_in_helper",
        ),
        must(
            "function of a namespace package",
            change("loose_folder/leaf.py", '"leaf"', '"twig"'),
            code="by_namespace_package",
        ),
        must(
            "function by a computed name",
            change("dynamic.py", '"name"', '"n"'),
            code=f"{WHOLE} literal_name",
            beyond=MODULE,
        ),
        must(
            "function of a module that is passed on",
            change("dynamic.py", '"first"', '"1st"'),
            code=WHOLE,
            beyond=MODULE,
        ),
        must(
            "function that nobody calls in a module passed on",
            change("dynamic.py", "return 1", "return 2"),
            code=WHOLE,
            beyond=MODULE,
        ),
        must(
            "functions of modules that import each other", change("right.py", '"right "', '"r "'), code="through_circle"
        ),
        must("back through modules that import each other", change("left.py", '"end"', '"e"'), code="through_circle"),
        must_not("unused function behind an import", change("plain.py", '"other"', '"o"')),
        must_not("unused constant of a package", change("toolbox/__init__.py", "VERSION = 1", "VERSION = 2")),
        must_not("unused function of a package", change("toolbox/__init__.py", '"idle"', '"busy"')),
        must_not("unused function of a submodule", change("toolbox/hammer.py", "return 1", "return 2")),
        must_not("unused function of a deep submodule", change("toolbox/deep/drawer.py", "return 2", "return 3")),
        must_not("unused function beside a submodule's", change("toolbox/saw.py", '"bend"', '"bow"')),
        must_not("unused module of a package", change("toolbox/unused.py", "return 1", "return 2")),
        must_not("unused module of a package, broken", put("toolbox/unused.py", "def rust(:\n")),
        must_not(
            "name added to a package",
            change("toolbox/__init__.py", "VERSION = 1", "from .unused import rust\n\nVERSION = 1"),
        ),
        must_not("submodule added to a package", put("toolbox/pliers.py", "def grip():\n    return 1\n")),
        must_not("name that a later star hides", change("both.py", '"of both"', '"both"')),
        must_not("name that a star leaves out", change("both.py", '"never"', '"not ever"')),
        must_not("unused name that a star brings", change("many.py", "return 3", "return 4")),
        must_not("import on a condition that does not hold", change("ancient.py", '"ancient"', '"old"')),
        must_not("module under TYPE_CHECKING deleted", remove("only_types.py")),
        must_not("unused function beside a lazy import's", change("hidden/__init__.py", "return 1", "return 2")),
        must_not("unused function in a lazily imported module", change("hidden/cellar.py", "return 1", "return 2")),
        must_not("unused function in a circle", add("right.py", "\n\ndef stop():\n    return left.end()\n")),
        must_not(
            "import lines in another order",
            change("assets.py", "import plain\nimport toolbox\n", "import toolbox\nimport plain\n"),
        ),
        must_not(
            "import lines joined", change("assets.py", "import plain\nimport toolbox\n", "import plain, toolbox\n")
        ),
        must_not(
            "relative import made absolute",
            change("toolbox/screws.py", "from .deep.drawer import", "from toolbox.deep.drawer import"),
        ),
        must_not(
            "re-export replaced by its origin",
            change(
                "assets.py",
                "from toolbox import nail, saw",
                "from toolbox import saw\nfrom toolbox.hammer import hit as nail",
            ),
        ),
        must_not(
            "star import replaced by names",
            change("assets.py", "from many import *", "from many import shared, starred"),
        ),
        must_not("docstring of a package", change("toolbox/__init__.py", '"""Tools."""', '"""Of all kinds."""')),
        must_not("comment in a circle", change("right.py", "import left\n", "import left  # and back\n")),
    ),
)
