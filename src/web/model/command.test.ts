import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { askableWhatIf } from '../../../test/fixtures/arbitrary-what-if.ts';
import { assertShareAtLeast } from '../../../test/fixtures/share-of-runs.ts';
import { parseArguments } from '../../cli/arguments.ts';
import { command as planCommandSpec } from '../../cli/commands/plan.ts';
import { command as viewCommandSpec } from '../../cli/commands/view.ts';
import { parseViewRequest } from '../../cli/view-options.ts';
import { captureDevices, parseCapture } from '../../pure/capture/index.ts';
import { prepareRequest, type ViewRequest, view } from '../../pure/guest-view/index.ts';
import { formatViewLine } from '../../pure/reports/view-line.ts';
import { planCommand, viewCommand } from './command.ts';
import { shellCommand } from './shell.ts';
import { requestOf } from './what-if.ts';

const RUNS = 1000;

/** What the options of the command make of the words. */
function requestOfWords(words: readonly string[]): {
  readonly operands: readonly string[];
  readonly request: ViewRequest;
  readonly slots: readonly string[];
} {
  const { operands, options } = parseArguments(viewCommandSpec, words.slice(2));
  assert.ok(options.flag('json'));
  return { operands, request: parseViewRequest(options), slots: options.values('slot') };
}

/** With its defaults written out; of a legacy container nothing is asked, so nothing of its report counts. */
function written({ profile = 'airlock', globals = [], bytes = 'host', assumed = {}, ...rest }: ViewRequest): ViewRequest {
  const { backend, kernel } = assumed;
  const counted = backend === 'legacy' ? { backend, ...(kernel !== undefined && { kernel }) } : assumed;
  return { ...rest, profile, globals, bytes, assumed: counted };
}

function canBeAsked(request: ViewRequest): boolean {
  try {
    prepareRequest(request);
    return true;
  } catch {
    return false;
  }
}

const capture = parseCapture(readFileSync(new URL('../../../captures/vm-intel-iotlb.json', import.meta.url), 'utf8'));
const [device] = [...captureDevices(capture)];

describe('viewCommand', () => {
  test('viewCommand has the options that make the request of the page, and the same answer', () => {
    let asked = 0;
    fc.assert(
      fc.property(askableWhatIf, question => {
        const request = requestOf(question);
        if (!canBeAsked(request)) return;
        asked++;
        const words = viewCommand('a.json', '0000:01:00.0', request);
        const read = requestOfWords(words);
        assert.deepEqual(read.operands, ['a.json']);
        assert.deepEqual(read.slots, ['0000:01:00.0']);
        assert.deepEqual(written(read.request), written(request));
        assert.ok(device !== undefined);
        assert.equal(formatViewLine(view(device, read.request), true), formatViewLine(view(device, request), true));
      }),
      { numRuns: RUNS },
    );
    assertShareAtLeast(asked, RUNS, 0.3, 'questions could be asked');
  });

  test('viewCommand tells values from options, whatever they begin with', () => {
    const request: ViewRequest = {
      globals: [{ driver: 'vfio-pci', name: 'ats', value: '-1' }],
      properties: [{ name: '-x', value: '-1' }],
      machine: '-q35',
    };
    const words = viewCommand('-x.json', null, request);
    const { operands, options } = parseArguments(viewCommandSpec, words.slice(2));
    assert.deepEqual(operands, ['./-x.json']);
    assert.deepEqual(options.values('property'), ['-x=-1']);
    assert.deepEqual(options.values('global'), ['vfio-pci.ats=-1']);
    assert.equal(options.value('machine'), '-q35');
  });
});

describe('planCommand', () => {
  test('planCommand has what the plan was made of', () => {
    const words = planCommand(['a.xml', '-b.args'], ['h.json', '-i.json'], { profile: 'qemu-11.1', author: 'h.json' });
    const { operands, options } = parseArguments(planCommandSpec, words.slice(2));
    assert.deepEqual(operands, ['a.xml', './-b.args']);
    assert.deepEqual(options.values('host'), ['h.json', './-i.json']);
    assert.equal(options.value('profile'), 'qemu-11.1');
    assert.equal(options.value('author'), 'h.json');
    assert.ok(options.flag('json'));
  });
});

describe('shellCommand', () => {
  test('shellCommand gives a shell the words as they are', () => {
    const word = fc.string({ unit: 'binary', maxLength: 12 }).map(text => text.replaceAll('\0', ''));
    const lines = fc.sample(fc.array(word, { minLength: 1, maxLength: 5 }), { numRuns: 300, seed: 22 });
    lines.push(['~', '=ls', '$(id)', '`id`', "it's", 'a b', '*', '#', '!!', '', '\n', '-n', 'a=b']);
    const script = lines.map(words => `printf '%s\\0' ${shellCommand(words)}; printf '\\0'`).join('\n');
    const { stdout, status } = spawnSync('bash', ['-c', script], { encoding: 'utf8', timeout: 20_000 });
    assert.equal(status, 0);
    assert.equal(stdout, lines.map(words => `${words.map(own => `${own}\0`).join('')}\0`).join(''));
  });

  test('shellCommand leaves plain words plain', () => {
    assert.equal(
      shellCommand(viewCommand('a.json', '0000:01:00.0', { properties: [{ name: 'ats', value: 'on' }] })),
      'airlock view a.json -s 0000:01:00.0 --ats on --json',
    );
  });
});
