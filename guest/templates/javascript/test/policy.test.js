// Unit tests of the policy as plain JavaScript, without WebAssembly.

import assert from 'node:assert/strict';
import { test } from 'node:test';

import { policy } from '../src/policy.js';

function build(branch, event = 'push') {
  const settings = [{ name: 'IMAGE_REPOSITORY', value: 'registry.example/web' }];
  return { provider: 'travis', branch, commit: '3f2a9c10d1e2f30415263748596a7b8c9d0e1f20', event, settings };
}

test('each branch deploys to its own cluster', () => {
  for (const [branch, cluster] of [['master', 'staging'], ['production', 'production']]) {
    const [target] = policy.targets(build(branch));
    assert.deepEqual(target.destination.val, { cluster, service: 'web' });
  }
});

test('a pull request is skipped', () => {
  assert.equal(policy.select(build('master', 'pull-request')).tag, 'skip');
});
