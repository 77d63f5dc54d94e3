/** A host VM with QEMU's devices and, beside them, devices of our own shapes: our server presents them as hardware. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ConnectionThread, UnixListener } from '../../../src/linux/unix-transport/index.ts';
import { buildModule } from '../../transport/build-module.ts';
import { type DeviceSpec, standardDevices } from '../devices.ts';
import { type HostVm, hostVm } from '../host-vm.ts';
import type { InnerProgram } from '../inner-qemu.ts';
import { mountQemu10, qemu10Disk } from '../unpacked-qemu-10.ts';
import { bindToVfio } from '../vfio.ts';
import type { Shape } from './served-shapes.ts';
import type { ShapeData } from './shape-thread.ts';

/** Slots on pcie.0 above those of the VM's own root ports. */
const FIRST_SLOT = 0x14;

const slotOf = (index: number): string => (FIRST_SLOT + index).toString(16);

/**
 * The IOMMU must be there before the devices. Without caching mode QEMU refuses to watch what a served device may reach; without
 * a device IOTLB the kernel says that ATS is unsupported.
 */
const IOMMU = ['-device', 'intel-iommu,intremap=on,device-iotlb=off,caching-mode=on'];

function servedArguments(name: string, path: string, index: number): string[] {
  const port = { driver: 'pcie-root-port', id: `port-${name}`, bus: 'pcie.0', addr: `${slotOf(index)}.0`, chassis: 0x40 + index };
  const device = { driver: 'vfio-user-pci', id: name, bus: port.id, socket: { type: 'unix', path } };
  return ['-device', JSON.stringify(port), '-device', JSON.stringify(device)];
}

/** Serves a shape to the first client, which is QEMU; what ends that. */
function serveShape(thread: URL, { config, regionSizes }: Shape, path: string): () => Promise<unknown> {
  const listener = UnixListener.listen(path);
  const data: ShapeData = { bytes: config.bytes, regionSizes };
  const serving = listener.accept().then(socket => (socket === null ? null : new ConnectionThread(thread, socket, { data, spin: 0 })));
  return async () => {
    listener.close();
    await (await serving)?.stop();
  };
}

let built: Promise<URL> | undefined;

/** The module of the threads, built once for all hosts of this process, which boot beside each other. */
function shapeThread(): Promise<URL> {
  built ??= buildModule(new URL('shape-thread.ts', import.meta.url)).then(module => {
    process.once('exit', () => rmSync(module, { force: true }));
    return module;
  });
  return built;
}

/** Serves each shape at a socket in `folder`, in threads of their own: QEMU asks for thousands of registers, one by one. */
async function serveShapes(shapes: Readonly<Record<string, Shape>>, folder: string): Promise<() => Promise<void>> {
  const thread = await shapeThread();
  const ends = Object.entries(shapes).map(([name, shape]) => serveShape(thread, shape, join(folder, `${name}.sock`)));
  return async () => {
    await Promise.all(ends.map(end => end()));
  };
}

export interface ShapedHost extends AsyncDisposable {
  readonly vm: HostVm;
  readonly qemu10: InnerProgram;
  /** Of every device by name; vfio-pci has all of them. */
  readonly addresses: ReadonlyMap<string, string>;
}

/** What the host VM has beside the shapes. */
export interface ShapedHostOptions {
  /** Default: `standardDevices`. */
  readonly devices?: readonly DeviceSpec[];
  readonly qemuArguments?: readonly string[];
  readonly kernelArguments?: readonly string[];
}

/** Boots it; its kernel says of every device that ATS is unsupported. */
export async function bootShapedHost(
  shapes: Readonly<Record<string, Shape>>,
  { devices = standardDevices, qemuArguments: more = [], kernelArguments = [] }: ShapedHostOptions = {},
): Promise<ShapedHost> {
  const folder = mkdtempSync(join(tmpdir(), 'airlock-shapes-'));
  const closeServers = await serveShapes(shapes, folder);
  let vm: HostVm | undefined;
  const close = async () => {
    await vm?.close();
    await closeServers();
    rmSync(folder, { recursive: true, force: true });
  };
  try {
    const names = Object.keys(shapes);
    const [first, ...others] = devices;
    const behind = first === undefined ? [] : [{ ...first, before: [...IOMMU, ...(first.before ?? [])] }, ...others];
    const served = names.flatMap((name, index) => servedArguments(name, join(folder, `${name}.sock`), index));
    const qemuArguments = [...(first === undefined ? IOMMU : []), ...qemu10Disk(folder), ...more, ...served];
    vm = await hostVm({ iommu: 'none', devices: behind, qemuArguments, kernelArguments: ['no_timer_check', ...kernelArguments] });
    const addresses = new Map<string, string>();
    for (const { name } of devices) addresses.set(name, await vm.address(name));
    for (const [index, name] of names.entries()) {
      addresses.set(name, (await vm.output(`cd /sys/bus/pci/devices/0000:00:${slotOf(index)}.0 && ls -d ????:??:??.?`)).trim());
    }
    for (const address of addresses.values()) await bindToVfio(vm, address);
    return { vm, qemu10: await mountQemu10(vm), addresses, [Symbol.asyncDispose]: close };
  } catch (error) {
    await close();
    throw error;
  }
}
