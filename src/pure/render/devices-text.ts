/** The text of `devices`: three lines a function, which wrap. */
import { hexDigits } from '../bytes/hex.ts';
import type { DeviceNames } from '../pci/pci-ids.ts';
import type { DmaCapabilities, ListedDevice, ListedGroup, Presence } from '../reports/devices-report.ts';
import { wrap, wrapName } from '../text/wrap.ts';
import { formatClassName, formatDeviceName } from './lspci/names.ts';
import { type Painter, PLAIN, type Tone } from './paint.ts';

const MOST_BLOCKERS = 8;

function formatSome(names: readonly string[]): string {
  const more = names.length > MOST_BLOCKERS ? [`and ${names.length - MOST_BLOCKERS} more`] : [];
  return [...names.slice(0, MOST_BLOCKERS), ...more].join(', ');
}

/** `viable`, or the devices of the group that keep `address` from being assigned. */
export function formatViability({ blockers, hidden }: ListedGroup, address: string): string {
  const others = blockers.filter(blocker => blocker.address !== address);
  if (others.length > 0) {
    return `not viable: ${formatSome(others.map(({ address: other, driver }) => `${other} is bound to ${driver}`))}`;
  }
  if (hidden.length > 0) return `not known to be viable: the drivers of ${formatSome(hidden)} do not show`;
  const [self] = blockers;
  return self === undefined ? 'viable' : `viable once ${self.driver} gives the device up`;
}

/** Whether a file that would tell could not be read. */
function isUnread({ unreadable }: ListedDevice, name: string): boolean {
  return unreadable.some(({ file }) => file === name || file.startsWith(`${name}/`));
}

function isBlocked(device: ListedDevice): boolean {
  if (device.group === null) return !isUnread(device, 'iommu_group');
  return device.group.blockers.some(({ address }) => address !== device.address.text);
}

function formatOwner(device: ListedDevice): string {
  const { driver, driverOverride, group, vfioDevice, address } = device;
  const override = driverOverride === null || driverOverride === driver ? '' : ` (driver_override ${driverOverride})`;
  const file = vfioDevice === null ? '' : `, ${vfioDevice}`;
  const none = isUnread(device, 'iommu_group') ? 'IOMMU group not known' : 'no IOMMU group';
  const iommu = group === null ? none : `group ${group.number} ${formatViability(group, address.text)}`;
  const nobody = isUnread(device, 'driver') ? 'driver not known' : 'no driver';
  return `${driver === null ? nobody : `driver ${driver}`}${override}${file}; ${iommu}`;
}

const PRESENCE: Readonly<Record<Presence, string>> = {
  yes: 'yes',
  no: 'no',
  'physical-function': 'that of its physical function',
  unknown: 'unknown',
};

/** `ATS yes, PASID no, PRI no`, or why that is not known. */
export function formatDmaCapabilities({ ats, pasid, pri, unknownBecause }: DmaCapabilities): string {
  if (ats === 'unknown' && pasid === 'unknown' && pri === 'unknown') return `ATS, PASID, PRI unknown (${unknownBecause})`;
  const why = unknownBecause === null ? '' : ` (${unknownBecause})`;
  return `ATS ${PRESENCE[ats]}, PASID ${PRESENCE[pasid]}, PRI ${PRESENCE[pri]}${why}`;
}

const TONES: Readonly<Record<ListedDevice['kernelAts']['answer'], Tone>> = {
  supported: 'good',
  unsupported: 'warn',
  unreported: 'warn',
  unknown: 'dim',
};

/** Codes of answers that deserve a line of their own. */
const FAULTS: readonly string[] = ['failed', 'no-koffi', 'unsafe-interrupts', 'no-hw-info'];

function formatHeading(device: ListedDevice, names: DeviceNames): string {
  const { address, classCode, vendorId, deviceId, revisionId } = device;
  const name = `${formatClassName(names, 'both', classCode)}: ${formatDeviceName(names, 'both', vendorId, deviceId)}`;
  const revision = revisionId === null || revisionId === 0 ? '' : ` (rev ${hexDigits(revisionId, 2)})`;
  return `${address} ${name}${revision}`;
}

/** One function. */
export function formatDevice(device: ListedDevice, names: DeviceNames, paint: Painter = PLAIN): string[] {
  const { capabilities, kernelAts, physicalFunction, unreadable } = device;
  const block = (text: string, tone: Tone | null): string[] =>
    wrap(text, paint.width - 2, '  ').map(line => (tone === null ? `  ${line}` : paint(tone, `  ${line}`)));
  const because = kernelAts.because === null ? '' : ` (${kernelAts.because})`;
  const parent = physicalFunction === null ? '' : `virtual function of ${physicalFunction}; `;
  return [
    ...wrapName(formatHeading(device, names), paint.width, '  ').map(line => paint('strong', line)),
    ...block(formatOwner(device), isBlocked(device) ? 'bad' : null),
    ...block(`${parent}${formatDmaCapabilities(capabilities)}; kernel on ATS: ${kernelAts.answer}${because}`, TONES[kernelAts.answer]),
    // Says what failed when the kernel was asked, and with which error.
    ...(FAULTS.includes(kernelAts.code) ? block(kernelAts.text, 'warn') : []),
    ...(unreadable.length === 0
      ? []
      : block(`could not be read: ${unreadable.map(({ file, code }) => `${file} (${code})`).join(', ')}`, 'warn')),
  ];
}
