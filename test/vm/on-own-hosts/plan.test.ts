/** `airlock plan` against QEMU on a real kernel with real devices: whether it starts, and with which words it ends. */
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { captureDevices, captureHostFacts, parseCapture } from '../../../src/pure/capture/index.ts';
import { type HostPlan, type PlanHost, plan } from '../../../src/pure/plan/index.ts';
import { NO_CONTEXT, readDefinitions } from '../../../src/pure/plan/readers/index.ts';
import { missingBed } from '../bed.ts';
import { bootAhead } from '../boot-ahead.ts';
import { conventionalDevices, e1000e, igb, nvmeWithSriov, virtioNetWithAts, xhci } from '../devices.ts';
import { type HostVm, hostVm } from '../host-vm.ts';
import { packedAirlock } from '../packed-airlock.ts';
import { bindToVfio } from '../vfio.ts';
import { DIFFERENCES, PLAN_LINES } from './plan-lines.ts';

const skip = missingBed();
const timeoutSeconds = 300;
const twin = { ...virtioNetWithAts, name: 'twin' };
const devices = [virtioNetWithAts, twin, igb, nvmeWithSriov, e1000e, xhci, ...conventionalDevices.filter(({ name }) => name === 'e1000')];
const booted =
  skip === false ? bootAhead(() => hostVm({ iommu: 'intel-no-iotlb', package: packedAirlock(), devices, memory: '3G' })) : null;

/** How QEMU ended: 0 where it had started and was asked to quit. */
interface Ended {
  readonly code: number;
  readonly lines: readonly string[];
}

/** So many have one deadline. */
const BATCH = 15;

/** Several in one shell, since each call of the VM takes longer than QEMU. */
async function runAll(vm: HostVm, lines: readonly string[]): Promise<Ended[]> {
  const ended: Ended[] = [];
  for (let at = 0; at < lines.length; at += BATCH) ended.push(...(await runBatch(vm, lines.slice(at, at + BATCH))));
  return ended;
}

async function runBatch(vm: HostVm, lines: readonly string[]): Promise<Ended[]> {
  const script = lines.map(
    words =>
      `echo '{"execute":"qmp_capabilities"}{"execute":"quit"}' | timeout 60 qemu-system-x86_64 -nodefaults -display none -S -qmp stdio ` +
      `-accel tcg -m 64M ${words} 2>&1 >/dev/null; echo "code $?"`,
  );
  const { stdout } = await vm.run(['sh', '-c', script.join('\n')], { timeoutSeconds });
  return stdout
    .split(/^code (?=\d+$)/m)
    .map((part, i, all) => ({ text: part.replace(/^\d+\n/, ''), code: Number(/^\d+/.exec(all[i + 1] ?? '')?.[0]) }))
    .slice(0, lines.length)
    .map(({ text, code }) => ({ code, lines: text.split('\n').filter(line => line !== '') }));
}

/** The error that QEMU ends with, without what stands before it; descriptors have other numbers each time. */
function errorOf({ lines }: Ended): string | null {
  const errors = lines
    .map(line => line.replace(/^qemu-system-x86_64: /, ''))
    .map(line => line.replace(/^-(?:device|global|M|machine|object) (?:\{.*?\}|\S+): /, ''))
    .filter(line => !line.startsWith('warning: ') && !line.startsWith('Use -') && line !== "KVM VFIO device isn't created yet");
  return errors[0]?.replace(/\b(fd|iommufd)=\d+/g, '$1=N') ?? null;
}

describe('airlock plan', { skip }, () => {
  let vm: HostVm;
  let host: PlanHost;
  let ended: Ended[] = [];
  let lines: string[] = [];

  before(async () => {
    assert.ok(booted);
    vm = await booted();
    const names = { ats: 'virtio-net', twin: 'twin', driven: 'nvme', free: 'e1000e', empty: 'xhci', conventional: 'e1000' } as const;
    const addresses = new Map<string, string>();
    for (const [name, device] of Object.entries(names)) addresses.set(name, await vm.address(device));
    for (const name of ['ats', 'twin', 'empty', 'conventional']) await bindToVfio(vm, addresses.get(name) ?? '');
    const { stdout, code, stderr } = await vm.run(['airlock', 'capture', '--include-addresses', '--include-serials'], { timeoutSeconds });
    assert.equal(code, 0, stderr);
    const capture = parseCapture(stdout);
    const { code: romCode } = await vm.run(['test', '-e', '/nowhere']);
    const hasFile = (path: string) => (path === '/nowhere' ? romCode === 0 : null);
    host = { name: 'vm', facts: captureHostFacts(capture), devices: [...captureDevices(capture)], isWhole: capture.whole ?? null, hasFile };
    lines = PLAN_LINES.map(({ words }) => words.replace(/\$(\w+)/g, (_, name: string) => addresses.get(name) ?? name));
    ended = await runAll(vm, lines);
  });
  after(() => vm?.close());

  const planOf = (words: string): HostPlan => {
    const text = `qemu-system-x86_64 -nodefaults -accel tcg ${words}`;
    const { definitions } = readDefinitions({ file: 'vm', text }, 'qemu', NO_CONTEXT);
    const found = plan(definitions, [host]).vms[0]?.hosts[0];
    assert.ok(found, words);
    return found;
  };

  for (const [i, { title }] of PLAN_LINES.entries()) {
    const difference = DIFFERENCES.get(title);
    it(`${difference === undefined ? 'says how QEMU ends' : `differs (${difference})`}: ${title}`, () => {
      const { [i]: end } = ended;
      const { [i]: words } = lines;
      assert.ok(end && words);
      const { outcome, stopsWith } = planOf(words);
      const planned = { outcome, words: stopsWith?.message.split('\n')[0] ?? null };
      const isStarted = end.code === 0;
      const seen = { outcome: isStarted ? 'fits' : 'fails', words: isStarted ? null : errorOf(end) };
      const told = `${words}\n${end.lines.join('\n')}`;
      if (difference === undefined) assert.deepEqual(planned, seen, told);
      else assert.notDeepEqual(planned, seen, told);
    });
  }
});
