"""The exports of the component.

A component without streams cannot print a traceback: an unexpected exception would be a trap without a
message. `report_exceptions` turns it into an error of the policy that states where it was raised.
"""

from typing import Any, Callable

import policy
from componentize_py_types import Err


def report_exceptions(method: Callable[..., Any]) -> Callable[..., Any]:
    def wrapper(self: policy.Policy, build: Any) -> Any:
        try:
            return method(self, build)
        except Err:
            raise
        except Exception as error:
            traceback = error.__traceback__
            while traceback.tb_next:
                traceback = traceback.tb_next
            place = f"{traceback.tb_frame.f_code.co_name}, line {traceback.tb_lineno}"
            message = f"Unexpected exception in the policy: {type(error).__name__}: {error}, in {place}"
            raise Err(message) from None

    return wrapper


class Policy(policy.Policy):
    select = report_exceptions(policy.Policy.select)
    images = report_exceptions(policy.Policy.images)
    targets = report_exceptions(policy.Policy.targets)
