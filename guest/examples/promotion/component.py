"""What the component exports: the policy, with one thing added.

A component without streams has no place for a traceback, and would end without a word. So an exception
that the policy did not expect becomes its error, and says where it was raised.
"""

from typing import Any, Callable

import policy
from componentize_py_types import Err


def spoken(answer: Callable[..., Any]) -> Callable[..., Any]:
    def asked(self: policy.Policy, build: Any) -> Any:
        try:
            return answer(self, build)
        except Err:
            raise
        except Exception as error:
            at = error.__traceback__
            while at.tb_next:
                at = at.tb_next
            place = f"{at.tb_frame.f_code.co_name}, line {at.tb_lineno}"
            raise Err(f"The policy has a defect: {type(error).__name__}: {error}, in {place}") from None

    return asked


class Policy(policy.Policy):
    select = spoken(policy.Policy.select)
    images = spoken(policy.Policy.images)
    targets = spoken(policy.Policy.targets)
