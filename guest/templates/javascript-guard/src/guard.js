// Denies privileged containers.

/** The interface `ecs-host:policy/guard`. `review` throws a string if it cannot decide, which denies the plan. */
export const guard = {
  describe() {
    return {
      name: 'my-policy',
      version: '0.1.0',
      description: 'Denies privileged containers.',
      settings: [],
      reviewsRollbacks: false,
    };
  },

  review(plan) {
    return plan.targets.filter((target) => !target.isUnchanged).flatMap(privilegedContainers);
  },
};

function privilegedContainers(target) {
  return target.containers.filter((container) => container.privileged).map((container) => ({
    severity: 'deny',
    rule: 'no-privileged-container',
    message: `Container \`${container.name}\` is privileged. Remove \`privileged\` from its task definition.`,
    target: target.name,
  }));
}
