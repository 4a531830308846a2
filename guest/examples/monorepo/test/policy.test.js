// Unit tests of the policy as plain JavaScript, without WebAssembly. The cases in `cases/` test the
// component.

import assert from 'node:assert/strict';
import { beforeEach, test } from 'node:test';

import { provideFacts } from '../component/facts.js';
import { policy } from '../src/policy.js';

const COMMIT = '3f2a9c10d1e2f30415263748596a7b8c9d0e1f20';
const DEPLOYED = '0000000000000000000000000000000000000001';

/** All services run DEPLOYED, since which these files have changed. */
function provideChanges(...files) {
  provideFacts({
    getService: (cluster, name) => ({ cluster, name, deployedBy: { commit: DEPLOYED } }),
    changedFiles(since) {
      assert.equal(since, DEPLOYED);
      return files;
    },
  });
}

// No service was ever deployed.
beforeEach(() => provideFacts({ getService: () => undefined }));

/** A build as the host passes it: an unknown field is absent. */
function build(branch, settings, fields = {}) {
  return {
    provider: 'travis',
    branch,
    commit: COMMIT,
    event: 'push',
    settings: Object.entries(settings).map(([name, value]) => ({ name, value })),
    ...fields,
  };
}

const SETTINGS = {
  REGISTRY: '123456789012.dkr.ecr.eu-central-1.amazonaws.com/shop',
  ECS_CLUSTER_STAGING: 'shop-staging',
  ECS_CLUSTER_PRODUCTION: 'shop',
};

/** The images and the targets that a push to `main` deploys, by name. */
function deployed() {
  const main = build('main', SETTINGS);
  const names = policy.targets(main).map(({ destination: { tag, val } }) => (tag === 'service' ? val.service : val));
  return { images: policy.images(main).map(({ name }) => name), targets: names };
}

test('main and production deploy', () => {
  for (const branch of ['main', 'production']) {
    assert.deepEqual(policy.select(build(branch, SETTINGS)), { tag: 'deploy' });
  }
});

test('other branches, tags and pull requests are skipped without settings', () => {
  for (const [skippedBuild, reason] of [
    [build('feature/x', {}), 'Branch `feature/x` does not deploy: only `main` and `production` deploy.'],
    [build('v1', {}, { event: 'tag', tag: 'v1' }), 'Tag `v1` does not deploy.'],
    [build('main', {}, { event: 'pull-request', pullRequest: { number: '12' } }), 'Pull request 12 into `main` does not deploy.'],
  ]) {
    assert.deepEqual(policy.select(skippedBuild), { tag: 'skip', val: reason });
  }
});

test('all missing settings are reported together', () => {
  assert.throws(
    () => policy.select(build('main', {})),
    (error) => error === 'Missing settings to deploy branch `main` to staging: set REGISTRY and ECS_CLUSTER_STAGING.',
  );
});

test('only what has changed is deployed', () => {
  provideChanges('web/index.html', 'README.md');
  assert.deepEqual(deployed(), { images: ['web'], targets: ['web'] });
  provideChanges('api/main.go');
  assert.deepEqual(deployed(), { images: ['api'], targets: ['api', 'worker', 'nightly-report'] });
  provideChanges('lib/date.js');
  assert.deepEqual(deployed(), { images: ['api', 'web'], targets: ['api', 'worker', 'web', 'nightly-report'] });
  provideChanges('README.md', 'apiary/a');
  assert.deepEqual(policy.select(build('main', SETTINGS)), {
    tag: 'skip',
    val: 'No program has changed since what staging runs.',
  });
});

test('everything is deployed if what runs or what changed is not known', () => {
  const all = { images: ['api', 'web'], targets: ['api', 'worker', 'web', 'nightly-report'] };
  const fail = () => { throw new Error('The clone is shallow.'); };
  const getService = () => ({ deployedBy: { commit: DEPLOYED } });
  assert.deepEqual(deployed(), all);
  for (const facts of [
    { getService: () => ({ deployedBy: null }) },
    { getService: fail, changedFiles: () => [] },
    { getService, changedFiles: fail },
  ]) {
    provideFacts(facts);
    assert.deepEqual(deployed(), all);
  }
});

test('each image has its own repository and is tagged with the commit', () => {
  const [api, web] = policy.images(build('main', { ...SETTINGS, REGISTRY: `${SETTINGS.REGISTRY}/` }));
  assert.equal(api.repository, `${SETTINGS.REGISTRY}/api`);
  assert.equal(web.repository, `${SETTINGS.REGISTRY}/web`);
  assert.deepEqual(api.tags, [COMMIT, 'staging']);
  assert.deepEqual(web.source.val.dockerfile, 'web/Dockerfile');
});

test('only the service of the first wave runs migrations', () => {
  const targets = policy.targets(build('main', SETTINGS));
  assert.deepEqual(targets.map((target) => [target.wave, target.tasksBefore.map((task) => task.name)]), [
    [0, ['migrate']], [1, []], [1, []], [1, []],
  ]);
});

test('a failed rollout to production is rolled back', () => {
  for (const [branch, action] of [['main', undefined], ['production', 'roll-back']]) {
    const services = policy.targets(build(branch, SETTINGS)).filter((target) => target.destination.tag === 'service');
    for (const target of services) assert.equal(target.rollout.onFailure, action);
  }
});
