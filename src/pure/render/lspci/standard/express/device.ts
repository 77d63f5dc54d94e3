/** The lines about a PCI Express function itself: DevCap, DevCtl, DevSta, DevCap2 and DevCtl2. */
import type { pciExpress } from '../../../../pci/capabilities/express/index.ts';
import type { CapabilityFields } from '../../../../pci/capability.ts';
import { formatFlags } from '../../renderer.ts';
import { formatLatency } from './latency.ts';
import { formatPowerLimit } from './power-limit.ts';

export type Express = CapabilityFields<typeof pciExpress>;

const isOneOf = (type: string, ...types: string[]) => types.includes(type);
const isEndpoint = (type: string) => isOneOf(type, 'endpoint', 'legacy-endpoint');

function deviceCapabilities({ deviceCapabilities: of, capabilities: { deviceType } }: Express): string[] {
  const phantom = 2 ** of.phantomFunctions - 1;
  const latencies = `, Latency L0s ${formatLatency(of.acceptableL0sLatency)}, L1 ${formatLatency(of.acceptableL1Latency)}`;
  const parts = [formatFlags({ ExtTag: of.extendedTag })];
  if (isEndpoint(deviceType) || isOneOf(deviceType, 'upstream-port', 'express-to-pci-bridge')) {
    parts.push(formatFlags({ AttnBtn: of.attentionButton, AttnInd: of.attentionIndicator, PwrInd: of.powerIndicator }));
  }
  parts.push(formatFlags({ RBE: of.roleBasedErrorReporting }));
  if (isEndpoint(deviceType) || deviceType === 'integrated-endpoint') parts.push(formatFlags({ FLReset: of.functionLevelReset }));
  if (isOneOf(deviceType, 'endpoint', 'upstream-port', 'express-to-pci-bridge')) {
    parts.push(`SlotPowerLimit ${formatPowerLimit(of.slotPowerLimitValue, of.slotPowerLimitScale)}`);
  }
  parts.push(formatFlags({ 'TEE-IO': of.teeIo }));
  return [
    `DevCap:\tMaxPayload ${of.maxPayloadSupported} bytes, PhantFunc ${phantom}${isEndpoint(deviceType) ? latencies : ''}`,
    `\t${parts.join(' ')}`,
  ];
}

function deviceControl({ deviceControl: of, deviceCapabilities, capabilities: { deviceType } }: Express): string[] {
  const errors = {
    CorrErr: of.correctableErrorReporting,
    NonFatalErr: of.nonFatalErrorReporting,
    FatalErr: of.fatalErrorReporting,
    UnsupReq: of.unsupportedRequestReporting,
  };
  const flags: Record<string, boolean> = {
    RlxdOrd: of.relaxedOrdering,
    ExtTag: of.extendedTag,
    PhantFunc: of.phantomFunctions,
    AuxPwr: of.auxPower,
    NoSnoop: of.noSnoop,
  };
  if (deviceType === 'express-to-pci-bridge') flags.BrConfRtry = of.initiateFunctionLevelReset;
  const mayReset = isEndpoint(deviceType) || deviceType === 'integrated-endpoint';
  if (mayReset && deviceCapabilities.functionLevelReset) flags.FLReset = of.initiateFunctionLevelReset;
  return [
    `DevCtl:\t${formatFlags(errors)}`,
    `\t${formatFlags(flags)}`,
    `\tMaxPayload ${of.maxPayload} bytes, MaxReadReq ${of.maxReadRequest} bytes`,
  ];
}

function deviceStatus({ deviceStatus: of }: Express): string {
  const flags = {
    CorrErr: of.correctableError,
    NonFatalErr: of.nonFatalError,
    FatalErr: of.fatalError,
    UnsupReq: of.unsupportedRequest,
    AuxPwr: of.auxPower,
    TransPend: of.transactionsPending,
  };
  return `DevSta:\t${formatFlags(flags)}`;
}

export function formatDevice(express: Express): string[] {
  return [...deviceCapabilities(express), ...deviceControl(express), deviceStatus(express)];
}
