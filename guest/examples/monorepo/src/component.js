// What the component exports: the policy, with one thing added. A component without streams has no
// place for a stack trace, and would end without a word. So what a defect throws becomes the policy's
// error, and says which defect it is.

import { policy as written } from './policy.js';

export const policy = {
  describe: written.describe,
  select: spoken(written.select),
  images: spoken(written.images),
  targets: spoken(written.targets),
};

function spoken(answer) {
  return (build) => {
    try {
      return answer(build);
    } catch (thrown) {
      // A text is what the policy itself says.
      throw thrown instanceof Error ? `The policy has a defect: ${thrown}, ${thrown.stack.trim().split('\n')[0]}` : thrown;
    }
  };
}
