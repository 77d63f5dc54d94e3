/** Captures of hosts that no one has: as large as is wanted, or as hostile. */

import { formatConfigText } from '../../src/pure/capture/index.ts';
import { buildConfigSpace } from '../../src/pure/pci/builder.ts';

const hex = (value: number, digits: number): string => value.toString(16).padStart(digits, '0');
const bdf = (bus: number, device: number, fn: number): string => `0000:${hex(bus, 2)}:${hex(device, 2)}.${fn}`;

const EXPRESS = { id: 0x10, body: '0200' };
const ATS = { id: 0x0f, body: '20000000' };

/** Root ports need a header of type 1: their buses stand at 18h, 19h, 1ah. */
function portConfig(secondary: number): string {
  const text = formatConfigText(
    buildConfigSpace({ vendorId: 0x8086, deviceId: 0x1901, classCode: 0x06_04_00, standard: [{ id: 0x10, body: '4200' }] }),
  );
  const bytes = text.match(/../g) ?? [];
  bytes[0x0e] = '01';
  bytes[0x18] = '00';
  bytes[0x19] = hex(secondary, 2);
  bytes[0x1a] = hex(secondary, 2);
  return bytes.join('');
}

function endpointConfig(deviceId: number, hasAts: boolean): string {
  const parts = { vendorId: 0x1234, deviceId, classCode: 0x02_00_00, standard: [EXPRESS] };
  return formatConfigText(buildConfigSpace({ ...parts, extended: hasAts ? [ATS] : [{ id: 0x0e, body: '00000000' }] }));
}

/** 20 of 32 ports have a device of up to eight functions below them, the others a physical function and its virtual ones. */
function devicesOf(functions: number): object[] {
  const devices: object[] = [];
  const iommu = (capabilities: string) => ({ backend: 'iommufd', hwInfo: { type: '0x1', data: '', capabilities, maxPasidLog2: 0 } });
  const texts = new Map<string, string>();
  const text = (deviceId: number, hasAts: boolean): string => {
    const key = `${deviceId} ${hasAts}`;
    const made = texts.get(key) ?? endpointConfig(deviceId, hasAts);
    texts.set(key, made);
    return made;
  };
  for (let port = 0; devices.length < functions; port++) {
    const [bus, above] = [port + 1, bdf(0, port & 0x1f, port >> 5)];
    devices.push({
      address: above,
      config: portConfig(bus),
      driver: 'pcieport',
      iommuGroup: { number: port, members: [above] },
      numaNode: port & 1,
      above: [],
    });
    const isVirtual = port % 8 === 7;
    for (let i = 0; i < (isVirtual ? 48 : (port % 8) + 1) && devices.length < functions; i++) {
      const address = bdf(bus, i >> 3, i & 7);
      const group = 100 + port * 64 + (isVirtual ? i : 0);
      devices.push({
        address,
        description: `Made network adapter of port ${port}`,
        config: text(0x1000 + port, i % 2 === 0),
        driver: isVirtual && i > 0 ? 'vfio-pci' : 'made',
        iommuGroup: { number: group, type: 'DMA-FQ', members: isVirtual ? [address] : [bdf(bus, 0, 0)] },
        numaNode: port & 1,
        ...(isVirtual && {
          sriov: { totalVfs: i === 0 ? 47 : null, physicalFunction: i === 0 ? null : bdf(bus, 0, 0), virtualFunctions: [] },
        }),
        iommu: iommu(i % 4 < 2 ? '0x8' : '0x0'),
        above: [above],
      });
    }
  }
  return devices;
}

/** A host of so many functions, as a capture's text. */
export function largeHost(functions: number): string {
  return JSON.stringify({
    schemaVersion: 2,
    format: 'airlock-capture',
    description: `a made host of ${functions} functions`,
    synthetic: true,
    redacts: [],
    host: { kernel: '7.3.4', architecture: 'x86_64', pageSize: 4096, kernelOptions: ['intel_iommu=on'] },
    devices: devicesOf(functions),
  });
}

/** Strings that a page must show as text, in every place of a capture that takes one. */
export const HOSTILE = '<img src=x onerror="window.hostile=1"><script>window.hostile=1</script>\u202e\u0007evil\n';

/** A host of one device whose strings are all hostile, and long. */
export function hostileHost(): string {
  const text = `${HOSTILE}${'long '.repeat(150)}`;
  return JSON.stringify({
    schemaVersion: 2,
    format: 'airlock-capture',
    description: text,
    synthetic: true,
    redacts: [],
    host: {
      kernel: HOSTILE,
      architecture: HOSTILE.slice(0, 45),
      kernelOptions: [HOSTILE],
      checks: [{ code: 'iommu.on', status: 'fail', text }],
    },
    devices: [
      {
        address: '0000:01:00.0',
        description: text,
        config: endpointConfig(0x1000, true),
        driver: HOSTILE,
        notAsked: text,
        iommuGroup: { number: 1, type: HOSTILE.slice(0, 45), members: [HOSTILE.slice(0, 45)] },
      },
    ],
  });
}
