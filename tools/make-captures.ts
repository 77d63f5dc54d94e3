/**
 * Writes `captures/`: three synthetic devices on four hosts, SMMUv3 and VT-d, whose kernels say that ATS may be used or is not supported.
 *
 *   node --import tsx tools/make-captures.ts [FOLDER]           writes the files; FOLDER is captures/ where it is not given
 *   node --import tsx tools/make-captures.ts --check [FOLDER]   writes nothing; exit 1 and the names of the files that differ
 */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { formatHex, formatHexBytes } from '../src/pure/bytes/hex.ts';
import { type Capture, type CaptureDevice, formatCapture, formatConfigText, SCHEMA_VERSION } from '../src/pure/capture/index.ts';
import { GPU_BARS, gpuConfig } from './synthetic/gpu.ts';
import { HOSTS, type Host, hwCapabilities } from './synthetic/hosts.ts';
import { NIC_VF_BARS, NIC_VF_IDENTITY, nicVfConfig } from './synthetic/nic-vf.ts';
import { NVME_BARS, nvmeConfig } from './synthetic/nvme.ts';

const target = resolve(import.meta.dirname, '../captures');

/** What the kernel reports of one device: `ats` whether it may be used, `pasidBits` 0 where the device has no PASID. */
interface Report {
  readonly ats: boolean;
  readonly pasidBits: number;
}

function reportOf({ type, data }: Host, { ats, pasidBits }: Report): CaptureDevice['iommu'] {
  const capabilities = formatHex(hwCapabilities({ ats, pasid: pasidBits > 0 }));
  return { backend: 'iommufd', hwInfo: { type: formatHex(type), data: formatHexBytes(data), capabilities, maxPasidLog2: pasidBits } };
}

function barsOf(bars: readonly { readonly index: number; readonly size: number }[]): CaptureDevice['bars'] {
  return bars.map(({ index, size }) => ({ index, size: formatHex(size) }));
}

function devicesOf(host: Host, ats: boolean): CaptureDevice[] {
  const atsEnabled = ats && host.enablesAtsEarly;
  return [
    {
      address: '0000:01:00.0',
      description: 'GPU-like: ATS, PRI, PASID, Resizable BAR, SR-IOV, DVSEC; not a real product',
      config: formatConfigText(gpuConfig(atsEnabled)),
      bars: barsOf(GPU_BARS),
      driver: 'vfio-pci',
      iommuGroup: { number: 11 },
      iommu: reportOf(host, { ats, pasidBits: 20 }),
    },
    {
      address: '0000:02:00.0',
      description: 'NVMe-like, without ATS: the kernel reports it unsupported on any host; not a real product',
      config: formatConfigText(nvmeConfig()),
      bars: barsOf(NVME_BARS),
      driver: 'vfio-pci',
      iommuGroup: { number: 12 },
      iommu: reportOf(host, { ats: false, pasidBits: 0 }),
    },
    {
      address: '0000:03:00.2',
      description: 'NIC-like virtual function with ATS; not a real product',
      config: formatConfigText(nicVfConfig(atsEnabled)),
      bars: barsOf(NIC_VF_BARS),
      virtualFunction: { vendorId: formatHex(NIC_VF_IDENTITY.vendorId, 4), deviceId: formatHex(NIC_VF_IDENTITY.deviceId, 4) },
      driver: 'vfio-pci',
      iommuGroup: { number: 13 },
      iommu: reportOf(host, { ats, pasidBits: 0 }),
    },
  ];
}

function captureOf(host: Host, ats: boolean): Capture {
  const { kernel, architecture, iommu } = host;
  return {
    $schema: '../schemas/capture.schema.json',
    schemaVersion: SCHEMA_VERSION,
    format: 'airlock-capture',
    description: `${iommu}, Linux ${kernel} says: ATS ${ats ? 'may be used' : 'is not supported'}`,
    synthetic: true,
    // A virtual function has a physical one, which is not among them.
    whole: false,
    host: { kernel, architecture, iommus: [{ kind: iommu, attributes: {} }] },
    devices: devicesOf(host, ats),
  };
}

/** The text of every shipped capture by file name. */
export function makeCaptures(): Map<string, string> {
  const files = HOSTS.flatMap(host =>
    [true, false].map(ats => [`synthetic-${host.name}-${ats ? 'ats' : 'no-ats'}.json`, formatCapture(captureOf(host, ats))] as const),
  );
  return new Map(files);
}

function isSame(path: string, text: string): boolean {
  try {
    return readFileSync(path, 'utf8') === text;
  } catch {
    return false;
  }
}

/** The names of those files in `folder` that are missing or not as they are made now. */
export function differingCaptures(folder: string = target): string[] {
  return [...makeCaptures()].filter(([name, text]) => !isSame(join(folder, name), text)).map(([name]) => name);
}

if (process.argv[1] !== undefined && import.meta.url === pathToFileURL(process.argv[1]).href) {
  const folder = process.argv.slice(2).find(argument => argument !== '--check') ?? target;
  if (process.argv.includes('--check')) {
    const names = differingCaptures(folder);
    for (const name of names) process.stderr.write(`${join(folder, name)} is not as it is made now: run tools/make-captures.ts\n`);
    process.exitCode = names.length > 0 ? 1 : 0;
  } else {
    mkdirSync(folder, { recursive: true });
    for (const [name, text] of makeCaptures()) writeFileSync(join(folder, name), text);
  }
}
