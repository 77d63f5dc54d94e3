/** What the page shows of a device, read from what a person sees, in the words of `airlock view --json`. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { resolve } from 'node:path';
import { type Explorer, ROOT } from './page.ts';

/** One row of the table of capabilities. */
export interface ShownCapability {
  readonly name: string;
  readonly offset: string;
  readonly status: string;
  readonly stage: string;
  readonly reason: string;
}

/** A device as the page shows it, and as the command line tells it. */
export interface ShownDevice {
  readonly outcome: string;
  readonly error: string | null;
  readonly capabilities: readonly ShownCapability[];
  readonly warnings: readonly string[];
  /** Two digits a byte; null where the guest has none. */
  readonly guest: string | null;
}

/** Runs in the page. */
const READ = `(async () => {
  const text = element => element?.textContent?.trim() ?? '';
  const outcome = document.querySelector('[data-outcome]')?.dataset.outcome ?? 'not asked';
  const capabilities = [...document.querySelectorAll('.capabilities [data-row]')].map(row => {
    const [at, status, stage, why] = [...row.querySelectorAll('td')].map(text);
    return { name: text(row.querySelector('th')), offset: at.split(' ')[0], status, stage, reason: why, key: row.dataset.row };
  });
  const press = name => [...document.querySelectorAll('.lane-choice button')].find(button => text(button) === name)?.click();
  const frame = () => new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done)));
  press('Guest');
  await frame();
  let guest = '';
  const scroller = document.querySelector('.hex');
  const rows = new Map();
  if (scroller !== null) {
    scroller.scrollTop = 0;
    for (let steps = 0; steps < 40; steps++) {
      await frame();
      for (const row of scroller.querySelectorAll('tr')) {
        const head = row.querySelector('th');
        if (head === null) continue;
        const cells = [...row.querySelectorAll('td')].map(text);
        const [, count, what] = /^([\\d,.]+) bytes, (all 0|not known)$/.exec(cells[0]) ?? [];
        rows.set(parseInt(text(head), 16), count === undefined ? cells.join('') : (what === 'all 0' ? '00' : '??').repeat(Number(count.replace(/\\D/g, ''))));
      }
      if (scroller.scrollTop + scroller.clientHeight >= scroller.scrollHeight - 1) break;
      scroller.scrollTop += scroller.clientHeight - 44;
    }
    scroller.scrollTop = 0;
  }
  for (const [at, bytes] of [...rows].sort(([a], [b]) => a - b)) {
    if (guest.length !== 2 * at) return { fault: 'no row at ' + (guest.length / 2).toString(16) };
    guest += bytes;
  }
  return {
    outcome,
    words: text(document.querySelector('.outcome')),
    capabilities,
    warnings: [...document.querySelectorAll('.messages [data-code]')].map(item => item.dataset.code),
    guest: outcome === 'failed' ? null : guest,
  };
})()`;

interface Read extends Omit<ShownDevice, 'error' | 'capabilities'> {
  readonly fault?: string;
  readonly words: string;
  readonly capabilities: readonly (ShownCapability & { readonly key: string })[];
}

/** Reads the device that the page shows. Of one that fails, no capability is the guest's. */
export async function readDevice({ page }: Explorer): Promise<ShownDevice> {
  const { fault, words, capabilities, ...others } = (await page.evaluate(READ)) as Read;
  assert.equal(fault, undefined);
  const { outcome } = others;
  const error = outcome === 'failed' ? words.replace(/^.*?realize fails: /, '') : null;
  const shown = capabilities.filter(({ key }) => key !== 'header').map(({ key: _, ...capability }) => capability);
  return { ...others, error, capabilities: outcome === 'failed' ? [] : shown };
}

interface Json {
  readonly devices: readonly {
    readonly outcome: string;
    readonly error: { readonly message: string } | null;
    readonly guest: string | null;
    readonly warnings: readonly { readonly code: string }[];
    readonly capabilities: readonly {
      readonly name: string;
      readonly offset: string;
      readonly status: string;
      readonly stage: string | null;
      readonly reason: { readonly text: string } | null;
    }[];
  }[];
}

/** What `airlock view --json` says of each device of a file. */
export function viewFile(file: string, options: readonly string[]): readonly ShownDevice[] {
  const command = [resolve(ROOT, 'dist/cli/main.js'), 'view', file, '--json', ...options];
  const { stdout, stderr } = spawnSync(process.execPath, command, { cwd: ROOT, encoding: 'utf8', timeout: 60_000, maxBuffer: 2 ** 28 });
  assert.notEqual(stdout, '', stderr);
  const { devices } = JSON.parse(stdout) as Json;
  return devices.map(({ outcome, error, guest, warnings, capabilities }) => ({
    outcome,
    error: error?.message ?? null,
    guest,
    warnings: warnings.map(({ code }) => code),
    capabilities: capabilities
      .map(({ name, offset, status, stage, reason }) => ({
        name,
        offset: Number(offset).toString(16).padStart(2, '0'),
        status,
        stage: stage ?? '',
        reason: reason?.text ?? '',
      }))
      .sort((a, b) => Number.parseInt(a.offset, 16) - Number.parseInt(b.offset, 16)),
  }));
}

/** The page pads what nobody read with bytes that are not known, up to the end that a function may have. */
export function padded(guest: string | null, length: number): string | null {
  return guest === null ? null : guest.padEnd(length, '??');
}
