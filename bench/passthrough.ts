/**
 * I/Os per second of a guest on one NVMe disk of the host VM, by QEMU's own vfio-pci and through Airlock, in turns, each time in a new
 * guest of the same saved state: QEMU 11.1.3 aborts where a vfio-user-pci is unplugged. All of it runs under TCG in TCG, so only the
 * ratio says anything. `ROUNDS` and `IOS` in the environment; needs the host VM (test/vm/install).
 */
import { mkdtempSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type InnerDevice, innerGuest } from '../test/passthrough/inner-guest.ts';
import { type Serving, serveHost } from '../test/passthrough/served-host.ts';
import { nvmeDisk } from '../test/vm/devices.ts';
import { hostVm } from '../test/vm/host-vm.ts';
import { packedAirlock } from '../test/vm/packed-airlock.ts';
import { bindToVfio } from '../test/vm/vfio.ts';

const rounds = Number(process.env.ROUNDS ?? 3);
const ios = Number(process.env.IOS ?? 1000);
const folder = mkdtempSync(join(tmpdir(), 'airlock-bench-'));
const image = join(folder, 'disk.img');
writeFileSync(image, '');
truncateSync(image, 64 << 20);

const median = (values: readonly number[]): number => [...values].sort((a, b) => a - b)[values.length >> 1] ?? Number.NaN;

try {
  await using vm = await hostVm({ iommu: 'intel', devices: [nvmeDisk('disk', image)], package: packedAirlock(), memory: '2G' });
  const address = await vm.address('disk');
  await bindToVfio(vm, address);
  const rates: Record<'vfio-pci' | 'airlock', number[]> = { 'vfio-pci': [], airlock: [] };
  for (let round = 0; round < rounds; round++) {
    for (const kind of ['vfio-pci', 'airlock'] as const) {
      let serving: Serving | null = null;
      let device: InnerDevice = { kind: 'vfio-pci', address, backend: 'iommufd' };
      if (kind === 'airlock') {
        serving = await serveHost(vm, [address], []);
        device = { kind: 'vfio-user', socket: serving.socket(address), properties: { 'x-msg-timeout': 120_000 } };
      }
      await using guest = await innerGuest(vm, { devices: { disk: device } });
      const disk = (await guest.output("inner-tools await '/dev/nvme?n1' 60")).trim();
      const run = async (count: number): Promise<number> => {
        const { seconds, code } = await guest.run(`inner-tools blocks ${disk} ${count} 4096 read 1`, { timeoutSeconds: 400 });
        if (code !== 0) throw new Error(`${count} reads of ${disk} end with ${code}`);
        return seconds;
      };
      await run(50);
      // What a run costs besides its I/Os goes out of the difference.
      const few = await run(50);
      const rate = (ios - 50) / ((await run(ios)) - few);
      rates[kind].push(rate);
      process.stdout.write(`${kind}: ${rate.toFixed(1)} I/Os a second\n`);
      await guest.kill();
      await serving?.stop();
    }
  }
  const [own, served] = [median(rates['vfio-pci']), median(rates.airlock)];
  process.stdout.write(`median: vfio-pci ${own.toFixed(1)}, airlock ${served.toFixed(1)}: ${(served / own).toFixed(2)} of it\n`);
} finally {
  rmSync(folder, { recursive: true, force: true });
}
