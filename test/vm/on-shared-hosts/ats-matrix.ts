/** The cells of the matrix of `ats`, and how they are measured: Airlock's views of a live device and QEMU's guest of the same device. */
import { type AirlockRun, airlockHere, airlockInVm } from '../airlock-runs.ts';
import type { InnerQemuResult } from '../inner-qemu.ts';
import { runInnerQemusOnce } from '../inner-qemu-once.ts';
import type { SharedDevice, SharedHost } from '../shared-hosts.ts';

export type Backend = 'iommufd' | 'legacy';
export type Ats = 'default' | 'auto' | 'on' | 'off';

export const ATS: readonly Ats[] = ['default', 'auto', 'on', 'off'];
export const MACHINES = ['q35', 'pc-q35-11.0', 'pc-q35-10.0'] as const;

export interface Cell {
  readonly device: SharedDevice;
  readonly backend: Backend;
  readonly ats: Ats;
  readonly machine: (typeof MACHINES)[number];
}

/** What the tests use of `airlock view --json`. */
export interface View {
  readonly bdf: string;
  readonly outcome: 'realized' | 'failed';
  readonly error: { readonly code: string; readonly message: string } | null;
  readonly warnings: readonly { readonly level: string; readonly code: string; readonly message: string; readonly origin: string }[];
  readonly properties: Readonly<Record<string, { readonly value: unknown; readonly source: string }>>;
  readonly guest: string | null;
}

export interface MeasuredCell {
  readonly cell: Cell;
  readonly qemu: InnerQemuResult;
  /** `airlock view BDF --profile qemu-11.1` in the VM. */
  readonly live: View;
  readonly liveCode: number;
  /** `airlock view CAPTURE` on this machine, in the profile `airlock`. */
  readonly strict: View;
  readonly strictCode: number;
}

export function cellName({ device, backend, ats, machine }: Cell): string {
  return `${device}, ${backend}, ats=${ats}, ${machine}`;
}

function viewArguments(input: readonly string[], profile: string, { backend, ats, machine }: Cell): string[] {
  const property = ats === 'default' ? [] : ['--ats', ats];
  return ['view', ...input, '--json', '--profile', profile, '--backend', backend, '--machine', machine, ...property];
}

function parseView({ stdout, stderr }: AirlockRun): View {
  if (stderr !== '') throw new Error(`airlock view: ${stderr}`);
  return JSON.parse(stdout).devices[0];
}

/** QEMU with each cell's device, one after the other for one device, since only one process can have it, and devices beside each other. */
async function runAll({ vm, addresses }: SharedHost, cells: readonly Cell[]): Promise<Map<Cell, InnerQemuResult>> {
  const results = new Map<Cell, InnerQemuResult>();
  const lane = async (device: SharedDevice) => {
    const own = cells.filter(cell => cell.device === device);
    const answers = await runInnerQemusOnce(
      vm,
      own.map(({ backend, ats, machine }) => {
        const properties = ats === 'default' ? [] : [`ats=${ats}`];
        return { address: addresses[device], machine, backend, properties };
      }),
    );
    for (const [index, answer] of answers.entries()) results.set(own[index], answer);
  };
  await Promise.all([...new Set(cells.map(({ device }) => device))].map(lane));
  return results;
}

/** Measures the cells on one host. `saveCapture` keeps a capture's text in a file and gives its path. */
export async function measureCells(
  host: SharedHost,
  cells: readonly Cell[],
  saveCapture: (text: string) => string,
): Promise<MeasuredCell[]> {
  const addresses = [...new Set(cells.map(({ device }) => host.addresses[device]))];
  const [capture, ...live] = await airlockInVm(host.vm, [
    ['capture', ...addresses, '--include-serials', '--include-addresses'],
    ...cells.map(cell => viewArguments([host.addresses[cell.device]], 'qemu-11.1', cell)),
  ]);
  const path = saveCapture(capture?.stdout ?? '');
  const strict = airlockHere(cells.map(cell => viewArguments([path, '-s', host.addresses[cell.device]], 'airlock', cell)));
  const qemu = await runAll(host, cells);
  return cells.map((cell, index) => {
    const [ours, theirs, alsoOurs] = [live[index], qemu.get(cell), strict[index]];
    if (ours === undefined || theirs === undefined || alsoOurs === undefined) throw new Error(`${cellName(cell)} was not measured`);
    return { cell, qemu: theirs, live: parseView(ours), liveCode: ours.code, strict: parseView(alsoOurs), strictCode: alsoOurs.code };
  });
}
