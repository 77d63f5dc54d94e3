/**
 * I/Os per second of a guest on NVMe disks of the host VM, by QEMU's own vfio-pci and through Airlock: two disks in one guest, one by
 * each, in turns; then a second guest with the disks changed over. All of it runs under TCG in TCG, so only the ratio says anything.
 * `ROUNDS` for each guest and `IOS` for each turn in the environment; needs the host VM (test/vm/install).
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type InnerGuest, innerGuest } from '../test/passthrough/inner-guest.ts';
import { serveHost } from '../test/passthrough/served-host.ts';
import { nvmeDisk, writeEmptyImage } from '../test/vm/devices.ts';
import { type HostVm, hostVm } from '../test/vm/host-vm.ts';
import { packedAirlock } from '../test/vm/packed-airlock.ts';
import { bindToVfio } from '../test/vm/vfio.ts';

const rounds = Number(process.env.ROUNDS ?? 8);
const ios = Number(process.env.IOS ?? 400);
/** What a run costs besides its I/Os goes out of the difference. */
const FEW = 50;
const folder = mkdtempSync(join(tmpdir(), 'airlock-bench-'));

type Kind = 'vfio-pci' | 'airlock';
const KINDS: readonly Kind[] = ['vfio-pci', 'airlock'];

const median = (values: readonly number[]): number => [...values].sort((a, b) => a - b)[values.length >> 1] ?? Number.NaN;

function diskImage(name: string): string {
  const path = join(folder, `${name}.img`);
  writeEmptyImage(path, 64 << 20);
  return path;
}

/** Seconds of `count` reads of 4 KiB, one at a time. */
async function seconds(guest: InnerGuest, disk: string, count: number): Promise<number> {
  const run = await guest.run(`inner-tools blocks ${disk} ${count} 4096 read 1`, { timeoutSeconds: 400 });
  if (run.code !== 0) throw new Error(`${count} reads of ${disk} end with ${run.code}`);
  return run.seconds;
}

/** Rates of one guest, a pair for each round; what comes first changes from round to round. */
async function measure(vm: HostVm, own: string, served: string): Promise<Record<Kind, number>[]> {
  const serving = await serveHost(vm, [served], []);
  const devices = {
    'vfio-pci': { kind: 'vfio-pci', address: own, backend: 'iommufd' },
    airlock: { kind: 'vfio-user', socket: serving.socket(served), properties: { 'x-msg-timeout': 120_000 } },
  } as const;
  await using guest = await innerGuest(vm, { devices });
  const pairs: Record<Kind, number>[] = [];
  const disks = {} as Record<Kind, string>;
  for (const kind of KINDS) {
    const path = `/sys/bus/pci/devices/${await guest.address(kind)}/nvme/nvme?/nvme?n1`;
    disks[kind] = `/dev/${(await guest.output(`inner-tools await '${path}' 60`)).trim().split('/').at(-1)}`;
    await seconds(guest, disks[kind], FEW);
  }
  for (let round = 0; round < rounds; round++) {
    const pair = { 'vfio-pci': 0, airlock: 0 };
    for (const kind of round % 2 === 0 ? KINDS : KINDS.toReversed()) {
      const few = await seconds(guest, disks[kind], FEW);
      pair[kind] = ios / ((await seconds(guest, disks[kind], FEW + ios)) - few);
    }
    pairs.push(pair);
    const [theirs, ours] = [pair['vfio-pci'], pair.airlock];
    process.stdout.write(`vfio-pci ${theirs.toFixed(1)}, airlock ${ours.toFixed(1)} I/Os a second: ${(ours / theirs).toFixed(2)} of it\n`);
  }
  await guest.kill();
  await serving.stop();
  return pairs;
}

try {
  const disks = ['one', 'two'];
  const devices = disks.map(name => nvmeDisk(name, diskImage(name)));
  await using vm = await hostVm({ iommu: 'intel', devices, package: packedAirlock(), memory: '2G' });
  const addresses: string[] = [];
  for (const name of disks) {
    const address = await vm.address(name);
    await bindToVfio(vm, address);
    addresses.push(address);
  }
  const pairs = [...(await measure(vm, addresses[0], addresses[1])), ...(await measure(vm, addresses[1], addresses[0]))];
  const [own, served] = KINDS.map(kind => median(pairs.map(pair => pair[kind])));
  const ratio = median(pairs.map(pair => pair.airlock / pair['vfio-pci']));
  process.stdout.write(`medians: vfio-pci ${own?.toFixed(1)}, airlock ${served?.toFixed(1)}; of the ratios ${ratio.toFixed(2)}\n`);
} finally {
  rmSync(folder, { recursive: true, force: true });
}
