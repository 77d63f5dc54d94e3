/** What migrate says of a function that QEMU emulates, as if a host had it and vfio-pci gave it to the VM: where both check a byte alike. */
import { type DeviceFacts, deviceFacts, NO_ASSIGNMENT_FACTS, NO_HOST_FACTS } from '../../../src/pure/facts/index.ts';
import { type GuestView, guestBytes, guestMasks } from '../../../src/pure/guest-view/index.ts';
import { iommufdDevice } from '../../../src/pure/iommu/index.ts';
import { Bdf } from '../../../src/pure/pci/bdf.ts';
import type { ConfigSpace } from '../../../src/pure/pci/config-space.ts';
import { migrate, NO_CONTEXT, type PlanHost, Planner, type RefusedLoad, readDefinitions } from '../../../src/pure/plan/index.ts';

const TEXT =
  'qemu-system-x86_64 -M q35 -nodefaults -object iommufd,id=i0 -device pcie-root-port,id=rp1,chassis=1 -device vfio-pci,host=01:00.0,bus=rp1,iommufd=i0';
const [definition] = readDefinitions({ file: 'vm', text: TEXT }, 'qemu', NO_CONTEXT).definitions;

function hostOf(config: ConfigSpace): PlanHost {
  const hostIommu = iommufdDevice({ type: 0, data: new Uint8Array(0), capabilities: 0n, maxPasidLog2: 0, kernel: '7.3.4' });
  const assignment = { ...NO_ASSIGNMENT_FACTS, driver: { name: 'mlx5_vfio_pci' } };
  const device: DeviceFacts = deviceFacts(config, { bdf: Bdf.parse('01:00.0'), vfio: config, hostIommu, assignment });
  return { name: 'host', facts: NO_HOST_FACTS, devices: [device], isWhole: true };
}

/** The byte, and which bits of it the emulated function lets a guest write. */
interface Spoiled {
  readonly at: number;
  readonly wmask: number;
}

/** Registers of BARs, whose sizes are not said here, and of capabilities that QEMU hides from the guest of an assigned device alone. */
function isOther(at: number, { capabilities }: GuestView): boolean {
  if (at >= 0x10 && at < 0x28) return true;
  const before = capabilities.filter(({ offset }) => offset <= at).sort((a, b) => b.offset - a.offset);
  return before[0]?.status === 'hidden';
}

/** null where vfio-pci shows the guest another byte, or lets it write other bits than the emulated function does. */
export function migratedAsAssigned(source: ConfigSpace, own: ConfigSpace, { at, wmask }: Spoiled): { refused: RefusedLoad | null } | null {
  if (definition === undefined) return null;
  const plans = [source, own].map(config => new Planner([hostOf(config)]).plan(definition));
  for (const [i, config] of [source, own].entries()) {
    const realized = plans[i]?.hosts[0]?.devices[0]?.view?.realized;
    if (realized === undefined || realized.outcome === 'failed' || isOther(at, realized)) return null;
    if (guestBytes(realized).bytes[at] !== config.bytes[at] || guestMasks(realized).write[at] !== wmask) return null;
  }
  const [from, to] = plans;
  if (from === undefined || to === undefined) return null;
  const [device] = migrate(from, to).devices;
  return device === undefined || device.outcome === 'unknown' ? null : { refused: device.refused };
}
