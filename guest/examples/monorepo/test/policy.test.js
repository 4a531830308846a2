// The policy is plain JavaScript: `node --test` needs no WebAssembly. What the component answers to
// its host is tested by `cases/`.

import assert from 'node:assert/strict';
import { test } from 'node:test';

import { policy } from '../src/policy.js';

const COMMIT = '3f2a9c10d1e2f30415263748596a7b8c9d0e1f20';

/** A build as the host hands it over: what is not known is absent. */
function build(branch, settings, more = {}) {
  return {
    provider: 'travis',
    branch,
    commit: COMMIT,
    event: 'push',
    settings: Object.entries(settings).map(([name, value]) => ({ name, value })),
    ...more,
  };
}

const SETTINGS = {
  REGISTRY: '123456789012.dkr.ecr.eu-central-1.amazonaws.com/shop',
  ECS_CLUSTER_STAGING: 'shop-staging',
  ECS_CLUSTER_PRODUCTION: 'shop',
};

test('main and production deploy', () => {
  for (const branch of ['main', 'production']) {
    assert.deepEqual(policy.select(build(branch, SETTINGS)), { tag: 'deploy' });
  }
});

test('other branches, tags and pull requests do not, settings or none', () => {
  for (const [one, reason] of [
    [build('feature/x', {}), 'Branch `feature/x` has no environment; `main` and `production` have one.'],
    [build('v1', {}, { event: 'tag', tag: 'v1' }), 'Tag `v1` deploys nothing.'],
    [build('main', {}, { event: 'pull-request', pullRequest: '12' }), 'Pull request 12 into `main` deploys nothing.'],
  ]) {
    assert.deepEqual(policy.select(one), { tag: 'skip', val: reason });
  }
});

test('all that is missing is named at once', () => {
  assert.throws(
    () => policy.select(build('main', {})),
    (said) => said === 'Branch `main` deploys to staging: set REGISTRY and ECS_CLUSTER_STAGING.',
  );
});

test('each image has a repository of its own and the tag of the commit', () => {
  const [api, web] = policy.images(build('main', { ...SETTINGS, REGISTRY: `${SETTINGS.REGISTRY}/` }));
  assert.equal(api.repository, `${SETTINGS.REGISTRY}/api`);
  assert.equal(web.repository, `${SETTINGS.REGISTRY}/web`);
  assert.deepEqual(api.tags, [COMMIT, 'staging']);
  assert.deepEqual(web.source.val.dockerfile, 'web/Dockerfile');
});

test('migrations run before the first wave, and nowhere else', () => {
  const targets = policy.targets(build('main', SETTINGS));
  assert.deepEqual(targets.map((target) => [target.wave, target.tasksBefore.map((task) => task.name)]), [
    [0, ['migrate']], [1, []], [1, []], [1, []],
  ]);
});

test('production goes back where a rollout fails', () => {
  for (const [branch, action] of [['main', undefined], ['production', 'roll-back']]) {
    for (const target of policy.targets(build(branch, SETTINGS))) assert.equal(target.onFailure, action);
  }
});
