// The exports of the component. A component without streams cannot print a stack trace: an unexpected
// exception would be a trap without a message. `reportExceptions` turns it into an error of the policy.

import { policy as implementation } from './policy.js';

export const policy = {
  describe: implementation.describe,
  select: reportExceptions(implementation.select),
  images: reportExceptions(implementation.images),
  targets: reportExceptions(implementation.targets),
};

function reportExceptions(method) {
  return (build) => {
    try {
      return method(build);
    } catch (error) {
      // The policy throws its own errors as strings.
      throw error instanceof Error
        ? `Unexpected exception in the policy: ${error}, ${error.stack.trim().split('\n')[0]}`
        : error;
    }
  };
}
