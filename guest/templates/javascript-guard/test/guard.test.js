// Unit tests of the guard as plain JavaScript, without WebAssembly.

import assert from 'node:assert/strict';
import { test } from 'node:test';

import { guard } from '../src/guard.js';

/** A plan with one target, whose container is privileged or not. The guard reads no other field. */
function plan({ privileged, isUnchanged = false }) {
  const container = { name: 'web', image: 'registry.example.com/web:1', privileged, environment: [], secrets: [] };
  return { action: 'deploy', targets: [{ name: 'production/web', isUnchanged, containers: [container] }] };
}

test('a privileged container is denied', () => {
  const [finding, ...others] = guard.review(plan({ privileged: true }));
  assert.deepEqual([finding.severity, finding.rule, finding.target], ['deny', 'no-privileged-container', 'production/web']);
  assert.deepEqual(others, []);
  assert.deepEqual(guard.review(plan({ privileged: false })), []);
});

test('what does not change is not reviewed', () => {
  assert.deepEqual(guard.review(plan({ privileged: true, isUnchanged: true })), []);
});
