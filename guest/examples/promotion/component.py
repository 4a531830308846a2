"""The exports of the component: the methods of `policy.Policy` or `guard.Guard`, whichever the world exports. Their
answers are compared with the contract.

An error of the contract, `Err`, is returned. Any other exception and a wrong answer are defects: the log contains what
is wrong and where, and the component ends.
"""

import functools
import importlib
import sys
import traceback
from typing import Any, Callable

from answers import expected_type, mismatches
from componentize_py_types import Err
from wit_world import exports

[interface] = {"Policy", "Guard"} & set(vars(exports))
kind = interface.lower()
protocol = getattr(exports, interface)
implementation = getattr(importlib.import_module(kind), interface)


def checked(name: str) -> Callable[..., Any]:
    method = getattr(implementation, name)

    @functools.wraps(method)
    def wrapper(self: Any, *parameters: Any) -> Any:
        try:
            answer = method(self, *parameters)
        except Err:
            raise
        except Exception as error:
            # Without the frame of this function.
            fail("".join(traceback.format_exception(error.with_traceback(error.__traceback__.tb_next))))
        problems = mismatches(expected_type(protocol, name), answer, f"{name}()")
        if problems:
            fail("\n  ".join([f"The {kind} returned an answer that the contract does not permit:", *problems]))
        return answer

    return wrapper


def fail(reason: str) -> None:
    sys.exit(reason.rstrip())


methods = [name for name in vars(protocol) if not name.startswith("_")]
# componentize-py finds the class by its name, which is that of the interface.
globals()[interface] = type(interface, (implementation,), {name: checked(name) for name in methods})
