/** `airlock probe`: what the kernel says about one device when it is asked. */

import { DeviceClosedError, type IommuBackend } from '../../linux/vfio/index.ts';
import { deviceFacts } from '../../pure/facts/index.ts';
import type { Bdf } from '../../pure/pci/bdf.ts';
import { formatProbe } from '../../pure/render/probe-text.ts';
import { probeJson } from '../../pure/reports/probe-json.ts';
import type { ProbeReport } from '../../pure/reports/probe-report.ts';
import { shorten } from '../../pure/text/shorten.ts';
import { type CommandSpec, EXIT, type Options, UsageError } from '../command.ts';
import { formatHeading } from '../heading.ts';
import { readHostDevice, virtualFunctionOf } from '../live.ts';
import { BACKEND_OPTION, liveAddress } from '../live-options.ts';
import { painter, print } from '../output.ts';
import { probeDevice } from '../probe-device.ts';

function addressOf(operands: readonly string[]): Bdf {
  const [only, extra] = operands;
  if (only === undefined) throw new UsageError('airlock probe needs the address of a device; see airlock probe --help');
  if (extra !== undefined) throw new UsageError(`airlock probe takes one device, not also "${extra}"`);
  const address = liveAddress(only, '/');
  if (address === null) throw new UsageError(`airlock probe takes the address of a device, such as 0000:3b:00.1, not "${shorten(only)}"`);
  return address;
}

async function run(operands: readonly string[], options: Options): Promise<number> {
  const host = readHostDevice(addressOf(operands), '/', false);
  let report: ProbeReport;
  try {
    report = probeDevice(host, (options.value('backend') ?? 'iommufd') as IommuBackend);
  } catch (error) {
    if (error instanceof DeviceClosedError) throw new UsageError(error.message);
    throw error;
  }
  if (options.flag('json')) print(`${JSON.stringify(probeJson(report), null, 2)}\n`);
  else {
    const device = deviceFacts(report.hardware, { origin: 'host', bdf: host.address, virtualFunction: virtualFunctionOf(host) });
    print([...formatHeading(device), ...formatProbe(report, painter())]);
  }
  return EXIT.fine;
}

export const command: CommandSpec = {
  name: 'probe',
  summary: 'what the kernel says about one device when it is asked',
  operands: 'BDF',
  options: [BACKEND_OPTION, { name: 'json', help: 'one JSON document: all bytes and registers as they came, and what they mean' }],
  notes: [
    'Opens the device, which resets it. The device must be bound to vfio-pci or a variant driver and not be in use. Everything is closed at the end; nothing is bound or unbound.',
    "Shows IOMMU_GET_HW_INFO field by field, vfio's config bytes beside the hardware's, regions and interrupts. A legacy container reports nothing about the IOMMU.",
    'Exit code: 0, or 2 where the device cannot be opened.',
  ],
  examples: [
    ['sudo airlock probe 3b:00.0', 'through iommufd'],
    ['sudo airlock probe 3b:00.0 --backend legacy --json', 'through its group, as JSON'],
  ],
  run,
};
