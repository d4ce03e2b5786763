import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { SpecResult } from './specs.js';

/** Specs that cannot pass. */
export interface Exception {
  readonly reason: string;
  /** What each of them says. */
  readonly message: RegExp;
  readonly specs: readonly string[];
  /** Whether they pass on some machines. */
  readonly mayPass?: true;
}

/**
 * Makes one test of each suite of specs. It fails with a spec that fails and is no exception, and
 * with an exception that passes, fails with something else, or is not there: their list may only shrink.
 */
export function reportSuites(
  results: readonly SpecResult[],
  exceptions: readonly Exception[],
): void {
  const expected = new Map(
    exceptions.flatMap((exception) => exception.specs.map((name) => [name, exception])),
  );
  const suites = new Map<string, SpecResult[]>();
  for (const result of results) {
    suites.set(result.suite, [...(suites.get(result.suite) ?? []), result]);
  }
  for (const [suite, specs] of suites) {
    test(`${suite}: ${specs.length} specs`, () => {
      const wrong = specs.flatMap((spec) => wrongWith(spec, expected.get(spec.name)) ?? []);
      if (wrong.length === 0) return;
      assert.fail(`${wrong.length} of ${specs.length} specs:\n${wrong.join('\n')}`);
    });
  }
  test('every exception is a spec', () => {
    const names = new Set(results.map(({ name }) => name));
    const unknown = [...expected.keys()].filter((name) => !names.has(name));
    assert.deepEqual(unknown, []);
  });
}

function wrongWith({ name, failures }: SpecResult, expected?: Exception): string | undefined {
  const [failure] = failures;
  if (expected === undefined) return failure && `${name}: ${failures.join('\n')}`;
  const { message, mayPass } = expected;
  if (failure === undefined) return mayPass ? undefined : `${name}: passes; take it off the list`;
  const other = failures.find((text) => !message.test(text));
  return other && `${name}: is to fail with ${String(message)}, fails with ${other}`;
}
