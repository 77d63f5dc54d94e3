/** The lines about a PCI Express function's second set of registers: DevCap2 and DevCtl2. */
import { COMPLETION_TIMEOUTS } from '../../../../pci/capabilities/express/device.ts';
import { formatFlags, sign } from '../../renderer.ts';
import type { Express } from './device.ts';

type DeviceCapabilities2 = NonNullable<Express['deviceCapabilities2']>;
type DeviceControl2 = NonNullable<Express['deviceControl2']>;

/** The sets of ranges that the specification allows. */
const TIMEOUT_RANGES: Readonly<Record<number, string>> = {
  0: 'Not Supported',
  1: 'Range A',
  2: 'Range B',
  3: 'Range AB',
  6: 'Range BC',
  7: 'Range ABC',
  14: 'Range BCD',
  15: 'Range ABCD',
};
const TIMEOUTS: ReadonlySet<string> = new Set(Object.values(COMPLETION_TIMEOUTS));
const OBFF: Readonly<Record<string, string>> = {
  none: 'Not Supported',
  message: 'Via message',
  wake: 'Via WAKE#',
  'message-and-wake': 'Via message/WAKE#',
};
const OBFF_CONTROL: Readonly<Record<string, string>> = {
  disabled: 'Disabled',
  'message-a': 'Via message A',
  'message-b': 'Via message B',
  wake: 'Via WAKE#',
};
const POWER_REDUCTION: Readonly<Record<string, string>> = {
  none: 'Not Supported',
  'device-specific': 'Dev Specific',
  'form-factor-or-device-specific': 'Form Factor Dev Specific',
};
const CACHE_LINES: Readonly<Record<string, string>> = { none: 'Not Supported', 64: '64byte cachelines', 128: '128byte cachelines' };
const TPH: Readonly<Record<string, string>> = {
  none: 'TPHComp- ExtTPHComp-',
  tph: 'TPHComp+ ExtTPHComp-',
  reserved: '',
  'tph-and-extended': 'TPHComp+ ExtTPHComp+',
};

const REQUESTERS = ['endpoint', 'legacy-endpoint', 'root-port', 'integrated-endpoint'];
const ROUTERS = ['root-port', 'upstream-port', 'downstream-port'];

function capabilityLines(of: DeviceCapabilities2, deviceType: string, hasMemory: boolean): string[] {
  const isRootPort = deviceType === 'root-port';
  const ranges = TIMEOUT_RANGES[of.completionTimeoutRanges] ?? 'Unknown';
  const flags = formatFlags({ TimeoutDis: of.completionTimeoutDisable, NROPrPrP: of.noRoEnabledPrPrPassing, LTR: of.ltr });
  const tags = formatFlags({ '10BitTagComp': of.tag10Completer, '10BitTagReq': of.tag10Requester });
  const prefixes = formatFlags({ ExtFmt: of.extendedFormat, EETLPPrefix: of.endEndTlpPrefix });
  const most = of.endEndTlpPrefix ? `, MaxEETLPPrefixes ${of.maxEndEndTlpPrefixes || 4}` : '';
  const initialization = formatFlags({ EmergencyPowerReductionInit: of.emergencyPowerReductionInitialization });
  let last = `\t FRS${sign(of.frs)}`;
  if (isRootPort) last += ` LN System CLS ${CACHE_LINES[of.lnSystemCacheLine] ?? 'Reserved'},`;
  if (isRootPort || deviceType === 'endpoint') last += ` ${TPH[of.tphCompleter]}`;
  if (isRootPort || deviceType === 'downstream-port') last += ` ARIFwd${sign(of.ariForwarding)}`;
  const lines = [
    `DevCap2: Completion Timeout: ${ranges}, ${flags}`,
    `\t ${tags} OBFF ${OBFF[of.obff]}, ${prefixes}${most}`,
    `\t EmergencyPowerReduction ${POWER_REDUCTION[of.emergencyPowerReduction] ?? 'Reserved'}, ${initialization}`,
    last,
  ];
  const atomics: Record<string, boolean> = {};
  if (ROUTERS.includes(deviceType)) atomics.Routing = of.atomicOpRouting;
  // Only what has memory can complete an AtomicOp.
  if (isRootPort || hasMemory) Object.assign(atomics, { '32bit': of.atomicOp32, '64bit': of.atomicOp64, '128bitCAS': of.cas128 });
  if (Object.keys(atomics).length > 0) lines.push(`\t AtomicOpsCap: ${formatFlags(atomics)}`);
  return lines;
}

function controlLines(of: DeviceControl2, deviceType: string): string[] {
  const timeout = TIMEOUTS.has(of.completionTimeout) ? of.completionTimeout : 'Unknown';
  const forwards = deviceType === 'root-port' || deviceType === 'downstream-port';
  const flags: Record<string, boolean> = { TimeoutDis: of.completionTimeoutDisable };
  if (forwards) flags.ARIFwd = of.ariForwarding;
  const atomics: Record<string, boolean> = {};
  if (REQUESTERS.includes(deviceType)) atomics.ReqEn = of.atomicOpRequester;
  if (ROUTERS.includes(deviceType)) atomics.EgressBlck = of.atomicOpEgressBlocking;
  const ordering = {
    IDOReq: of.idoRequest,
    IDOCompl: of.idoCompletion,
    LTR: of.ltr,
    EmergencyPowerReductionReq: of.emergencyPowerReductionRequest,
  };
  return [
    `DevCtl2: Completion Timeout: ${timeout}, ${formatFlags(flags)}`,
    ...(Object.keys(atomics).length === 0 ? [] : [`\t AtomicOpsCtl: ${formatFlags(atomics)}`]),
    `\t ${formatFlags(ordering)}`,
    `\t 10BitTagReq${sign(of.tag10Requester)} OBFF ${OBFF_CONTROL[of.obff]}, EETLPPrefixBlk${sign(of.endEndTlpPrefixBlocking)}`,
  ];
}

/** Empty for a version 1 capability. `hasMemory` says whether the function has a memory BAR. */
export function formatDevice2({ capabilities, deviceCapabilities2, deviceControl2 }: Express, hasMemory: boolean): string[] {
  if (deviceCapabilities2 === undefined || deviceControl2 === undefined) return [];
  const { deviceType } = capabilities;
  return [...capabilityLines(deviceCapabilities2, deviceType, hasMemory), ...controlLines(deviceControl2, deviceType)];
}
