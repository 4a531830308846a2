// Deploys `master` to staging and `production` to production.

// The branches that deploy.
const environments = new Map([
  ['master', { cluster: 'staging', service: 'web' }],
  ['production', { cluster: 'production', service: 'web' }],
]);

const IMAGE_REPOSITORY = 'IMAGE_REPOSITORY';

/** The interface `ecs-host:policy/policy`. A method throws an error of the policy as a string. */
export const policy = {
  describe() {
    return {
      name: 'my-policy',
      version: '0.1.0',
      description: 'Deploys master to staging and production to production.',
      settings: [{ name: IMAGE_REPOSITORY, description: 'repository of the image', required: true }],
    };
  },

  select(build) {
    if (build.event === 'pull-request' || build.event === 'tag') {
      return { tag: 'skip', val: 'Pull requests and tags do not deploy.' };
    }
    if (!environments.has(build.branch)) {
      return { tag: 'skip', val: `Branch \`${build.branch}\` has no environment.` };
    }
    repository(build); // Reports a missing setting before anything is built.
    return { tag: 'deploy' };
  },

  images(build) {
    return [{
      name: 'web',
      repository: repository(build),
      // Not the branch: its name may not be a valid image tag.
      tags: [build.commit, environments.get(build.branch).cluster],
      source: { tag: 'dockerfile' },
      publishOnly: false,
    }];
  },

  targets(build) {
    return [{
      destination: { tag: 'service', val: environments.get(build.branch) },
      wave: 0,
      // Without `containers`, all containers change that run an image of the repository.
      tasksBefore: [],
      tasksAfter: [],
    }];
  },
};

function repository(build) {
  const setting = build.settings.find(({ name }) => name === IMAGE_REPOSITORY);
  if (setting === undefined) throw `Set ${IMAGE_REPOSITORY} to the repository of the image.`;
  return setting.value;
}
