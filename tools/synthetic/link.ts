/** What the synthetic devices have because they stand behind a PCI Express link of 32 GT/s. */
import { pciExpress } from '../../src/pure/pci/capabilities/express/index.ts';
import { aer } from '../../src/pure/pci/extended/aer.ts';
import { dataLinkFeature } from '../../src/pure/pci/extended/data-link-feature.ts';
import { laneMarginingFor } from '../../src/pure/pci/extended/lane-margining.ts';
import { physicalLayer16For } from '../../src/pure/pci/extended/physical-layer-16gt.ts';
import { physicalLayer32For } from '../../src/pure/pci/extended/physical-layer-32gt.ts';
import { secondaryPcieFor } from '../../src/pure/pci/extended/secondary-pcie.ts';
import type { CapabilityPart } from '../../src/pure/pci/index.ts';
import { part } from './part.ts';

const SPEED = '32GT/s';

/** Shape of an endpoint's capability of version 2. */
const ENDPOINT = '10000200';

const REPORTED = {
  correctableErrorReporting: true,
  nonFatalErrorReporting: true,
  fatalErrorReporting: true,
  unsupportedRequestReporting: true,
} as const;

const DEVICE_CAPABILITIES = {
  maxPayloadSupported: 512,
  extendedTag: true,
  acceptableL0sLatency: 'unlimited',
  acceptableL1Latency: '64us',
  roleBasedErrorReporting: true,
  functionLevelReset: true,
} as const;

/** End-to-end TLP prefixes are what PASIDs travel in (PCIe 6.0 §6.20). */
const DEVICE_CAPABILITIES_2 = {
  completionTimeoutRanges: 0xf,
  completionTimeoutDisable: true,
  ltr: true,
  tag10Completer: true,
  tag10Requester: true,
  extendedFormat: true,
  endEndTlpPrefix: true,
  maxEndEndTlpPrefixes: 1,
} as const;

const LINK_CAPABILITIES = {
  maxSpeed: SPEED,
  aspmSupport: 'L1',
  l0sExitLatency: 'unlimited',
  l1ExitLatency: '16us',
  aspmOptionalityCompliance: true,
} as const;

const LINK_CAPABILITIES_2 = { supportedSpeeds: 0x1f, retimerPresenceDetect: true, twoRetimersPresenceDetect: true } as const;

const EQUALIZED_LINK = {
  equalizationComplete: true,
  equalizationPhase1: true,
  equalizationPhase2: true,
  equalizationPhase3: true,
} as const;

const EQUALIZED = { equalizationComplete: true, phase1Successful: true, phase2Successful: true, phase3Successful: true } as const;

/** PCI Express of an endpoint whose link of `lanes` lanes has trained, as a host's firmware and kernel set it up. */
export function endpoint(offset: number, lanes: number): CapabilityPart {
  return part(
    pciExpress,
    offset,
    {
      deviceCapabilities: DEVICE_CAPABILITIES,
      deviceControl: { ...REPORTED, relaxedOrdering: true, maxPayload: 256, extendedTag: true, noSnoop: true, maxReadRequest: 512 },
      linkCapabilities: { ...LINK_CAPABILITIES, maxWidth: lanes },
      linkControl: { commonClock: true },
      linkStatus: { currentSpeed: SPEED, negotiatedWidth: lanes, slotClock: true },
      deviceCapabilities2: DEVICE_CAPABILITIES_2,
      deviceControl2: { ltr: true, tag10Requester: true },
      linkCapabilities2: LINK_CAPABILITIES_2,
      linkControl2: { targetSpeed: SPEED },
      linkStatus2: EQUALIZED_LINK,
    },
    { shape: ENDPOINT },
  );
}

/** PCI Express of a virtual function: what the physical one can do; controls and the link's state are the physical one's alone. */
export function virtualEndpoint(offset: number, lanes: number): CapabilityPart {
  return part(
    pciExpress,
    offset,
    {
      deviceCapabilities: DEVICE_CAPABILITIES,
      linkCapabilities: { ...LINK_CAPABILITIES, maxWidth: lanes },
      deviceCapabilities2: { ...DEVICE_CAPABILITIES_2, ltr: false },
      linkCapabilities2: LINK_CAPABILITIES_2,
    },
    { shape: ENDPOINT },
  );
}

/** AER at 100h; severities are the specification's defaults (PCIe 6.0 §7.8.4.4). A log of prefixes belongs to end-to-end TLP prefixes. */
export function errorReporting(): CapabilityPart {
  return part(
    aer,
    0x100,
    {
      uncorrectableSeverity: {
        dataLinkProtocol: true,
        surpriseDown: true,
        flowControlProtocol: true,
        receiverOverflow: true,
        malformedTlp: true,
        uncorrectableInternal: true,
      },
      correctableMask: { advisoryNonFatal: true, correctedInternal: true, headerLogOverflow: true },
      control: { ecrcGenerationCapable: true, ecrcCheckCapable: true, tlpPrefixLogPresent: true },
      tlpPrefixLog: [0, 0, 0, 0],
    },
    { version: 2 },
  );
}

export interface PhysicalLayerOffsets {
  readonly secondary: number;
  readonly gt16: number;
  readonly margining: number;
  readonly dataLink: number;
  readonly gt32: number;
}

/** The capabilities of a link of 8, 16 and 32 GT/s, which have entries for each lane. */
export function physicalLayer(lanes: number, offsets: PhysicalLayerOffsets): CapabilityPart[] {
  const perLane = <T>(entry: T): T[] => Array.from({ length: lanes }, () => entry);
  const presets = perLane({ downstreamPortTransmitterPreset: 4, upstreamPortTransmitterPreset: 4 });
  const noCommand = { receiverNumber: 0, marginType: 7, usageModel: false, marginPayload: 0x9c };
  const hints = { downstreamPortReceiverPresetHint: 7, upstreamPortReceiverPresetHint: 7 };
  return [
    part(secondaryPcieFor(lanes), offsets.secondary, { lanes: presets.map(preset => ({ ...preset, ...hints })) }),
    part(physicalLayer16For(lanes), offsets.gt16, { status: EQUALIZED, lanes: presets }),
    // "No command" and its echo (PCIe 6.0 §4.2.18.1).
    part(laneMarginingFor(lanes), offsets.margining, {
      portStatus: { ready: true },
      lanes: perLane({ control: noCommand, status: noCommand }),
    }),
    part(dataLinkFeature, offsets.dataLink, {
      capabilities: { scaledFlowControl: true, exchangeEnable: true },
      status: { scaledFlowControl: true, remoteValid: true },
    }),
    part(physicalLayer32For(lanes), offsets.gt32, {
      capabilities: { equalizationBypassToHighestRateSupported: true, modifiedTsUsageMode0Supported: true },
      status: EQUALIZED,
      lanes: presets,
    }),
  ];
}
