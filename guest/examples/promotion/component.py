"""The exports of the component: the methods of `policy.Policy`, whose answers are compared with the contract.

An error of the policy, `Err`, is returned. Any other exception and a wrong answer are defects: the log contains what
is wrong and where, and the component ends.
"""

import functools
import sys
import traceback
from typing import Any, Callable

import policy
from answers import expected_type, mismatches
from componentize_py_types import Err

def checked(name: str) -> Callable[..., Any]:
    method = getattr(policy.Policy, name)

    @functools.wraps(method)
    def wrapper(self: policy.Policy, *parameters: Any) -> Any:
        try:
            answer = method(self, *parameters)
        except Err:
            raise
        except Exception as error:
            # Without the frame of this function.
            fail("".join(traceback.format_exception(error.with_traceback(error.__traceback__.tb_next))))
        problems = mismatches(expected_type(name), answer, f"{name}()")
        if problems:
            fail("\n  ".join(["The policy returned an answer that the contract does not permit:", *problems]))
        return answer

    return wrapper


def fail(reason: str) -> None:
    sys.exit(reason.rstrip())


class Policy(policy.Policy):
    describe = checked("describe")
    select = checked("select")
    images = checked("images")
    targets = checked("targets")
