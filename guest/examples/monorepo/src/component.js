// The exports of the component. This module alone imports the facts of the contract, which exist in the
// component only. `policy.js` receives them as arguments, so its unit tests run without the component.

import { getService } from 'ecs-host:policy/services@0.2.0';
import { changedFiles } from 'ecs-host:policy/source@0.2.0';

import { createPolicy } from './policy.js';

const implementation = createPolicy({ getService, changedFiles });

export const policy = {
  describe: implementation.describe,
  select: reportExceptions(implementation.select),
  images: reportExceptions(implementation.images),
  targets: reportExceptions(implementation.targets),
};

// A component without streams cannot print a stack trace: an unexpected exception would be a trap without
// a message. This turns it into an error of the policy.
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
