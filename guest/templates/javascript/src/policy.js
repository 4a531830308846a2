// Deploys `master` to staging and `production` to production.

const environments = new Map([
  ['master', { cluster: 'staging', service: 'web' }],
  ['production', { cluster: 'production', service: 'web' }],
]);

const IMAGE_REPOSITORY = 'IMAGE_REPOSITORY';

// An answer of type `result` is returned; its error, a sentence, is thrown as a text.
export const policy = {
  describe() {
    return {
      name: 'my-policy',
      version: '0.1.0',
      description: 'Deploys master to staging and production to production.',
      settings: [{ name: IMAGE_REPOSITORY, description: 'the repository of the image', required: true }],
    };
  },

  select(build) {
    if (build.event === 'pull-request' || build.event === 'tag') {
      return { tag: 'skip', val: 'Pull requests and tags do not deploy.' };
    }
    if (!environments.has(build.branch)) {
      return { tag: 'skip', val: `Branch \`${build.branch}\` has no environment.` };
    }
    repository(build);
    return { tag: 'deploy' };
  },

  images(build) {
    return [{
      name: 'web',
      repository: repository(build),
      // A branch is not always a valid tag.
      tags: [build.commit, environments.get(build.branch).cluster],
      source: { tag: 'dockerfile', val: { context: '.', arguments: [] } },
    }];
  },

  targets(build) {
    return [{
      destination: { tag: 'service', val: environments.get(build.branch) },
      containers: [], // Those that run an image of the repository.
      tasksBefore: [],
      tasksAfter: [],
      wave: 0,
    }];
  },
};

function repository(build) {
  const set = build.settings.find((setting) => setting.name === IMAGE_REPOSITORY);
  if (set === undefined) throw `Set ${IMAGE_REPOSITORY} to the repository of the image.`;
  return set.value;
}
