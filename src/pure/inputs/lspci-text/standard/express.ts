/** Reads the text of PCI Express. */
import { COMPLETION_TIMEOUTS } from '../../../pci/capabilities/express/device.ts';
import { pciExpress } from '../../../pci/capabilities/express/index.ts';
import { L0S_LATENCIES, L1_LATENCIES } from '../../../pci/capabilities/express/latencies.ts';
import { LINK_SPEEDS } from '../../../pci/capabilities/express/link.ts';
import { code, decimal, flags, named, reader, type Take } from '../reader.ts';
import { powerLimit } from './power-limit.ts';

/** Each name as lspci prints it and as the layout has it, where those are the same. */
const same = (names: Readonly<Record<number, string>>) => Object.fromEntries(Object.values(names).map(name => [name, name]));

const TYPES = {
  Endpoint: 'endpoint',
  'Legacy Endpoint': 'legacy-endpoint',
  'Root Port': 'root-port',
  'Upstream Port': 'upstream-port',
  'Downstream Port': 'downstream-port',
  'PCI-Express to PCI/PCI-X Bridge': 'express-to-pci-bridge',
  'PCI/PCI-X to PCI-Express Bridge': 'pci-to-express-bridge',
  'Root Complex Integrated Endpoint': 'integrated-endpoint',
  'Root Complex Event Collector': 'event-collector',
};
const TYPE = new RegExp(
  `\\b(${Object.keys(TYPES)
    .sort((a, b) => b.length - a.length)
    .join('|')})\\b`,
);

const bounded = (name: string, pattern: RegExp, names: Readonly<Record<number, string>>): Take =>
  named(name.split(' ')[0] ?? '', name.split(' ')[1] ?? '', pattern, same(names));

const ASPM = { 'L0s L1': 'L0s L1', L0s: 'L0s', L1: 'L1', 'not supported': 'none', Disabled: 'none' };
const TIMEOUT_RANGES = {
  'Not Supported': 0,
  'Range A': 1,
  'Range B': 2,
  'Range AB': 3,
  'Range BC': 6,
  'Range ABC': 7,
  'Range BCD': 14,
  'Range ABCD': 15,
};
const OBFF = { 'Not Supported': 'none', 'Via message/WAKE#': 'message-and-wake', 'Via message': 'message', 'Via WAKE#': 'wake' };
const OBFF_CONTROL = { Disabled: 'disabled', 'Via message A': 'message-a', 'Via message B': 'message-b', 'Via WAKE#': 'wake' };
const POWER_REDUCTION = {
  'Not Supported': 'none',
  'Dev Specific': 'device-specific',
  'Form Factor Dev Specific': 'form-factor-or-device-specific',
};
const CACHE_LINES = { 'Not Supported': 'none', '64byte cachelines': '64', '128byte cachelines': '128', Reserved: 'reserved' };
const INDICATORS = { Unknown: 'reserved', On: 'on', Blink: 'blinking', Off: 'off' };
const CROSSLINK = { unsupported: 0, 'Upstream Port': 1, 'Downstream Port': 2, incomplete: 3 };
const COMPONENTS = {
  'Link Down - Not Determined': 0,
  'Link Down - Not Present': 1,
  'Link Down - Present': 2,
  'Link Up - Present and DRS Received': 5,
  'Link Up - Present': 4,
};
const HIGHEST_SPEEDS = ['2.5GT/s', '2.5-5GT/s', '2.5-8GT/s', '2.5-16GT/s', '2.5-32GT/s', '2.5-64GT/s'];
const DEEMPHASIS = { '-3.5dB': true, '-6dB': false };

/** The range names the fastest speed alone: the bits above it are clear, those below it are not told. */
const supportedSpeeds: Take = (text, put) => {
  const range = /Supported Link Speeds: ([^,]+),/.exec(text)?.[1];
  const highest = HIGHEST_SPEEDS.indexOf(range ?? '');
  if (highest >= 0) put.some('linkCapabilities2', 'supportedSpeeds', (-1 << highest) >>> 0, 1 << highest);
};

/** Two flags of one field. */
const tph: Take = (text, put) => {
  const [, plain, extended] = /TPHComp([+-]) ExtTPHComp([+-])/.exec(text) ?? [];
  if (plain === '-' && extended === '-') put.set('deviceCapabilities2', 'tphCompleter', 'none');
  if (plain === '+') put.set('deviceCapabilities2', 'tphCompleter', extended === '+' ? 'tph-and-extended' : 'tph');
};

/** 4 stands for the code 0. */
const prefixes: Take = (text, put) => {
  const count = /MaxEETLPPrefixes ([1-4])\b/.exec(text)?.[1];
  if (count !== undefined) put.code('deviceCapabilities2', 'maxEndEndTlpPrefixes', Number(count) % 4);
};

const phantom: Take = (text, put) => {
  const functions = /PhantFunc (0|1|3|7)\b/.exec(text)?.[1];
  if (functions !== undefined) put.set('deviceCapabilities', 'phantomFunctions', Math.log2(Number(functions) + 1));
};

const deviceCapabilities: readonly Take[] = [
  decimal('deviceCapabilities', 'maxPayloadSupported', /MaxPayload (\d+) bytes/),
  phantom,
  bounded('deviceCapabilities acceptableL0sLatency', /Latency L0s <?(\w+),/, L0S_LATENCIES),
  bounded('deviceCapabilities acceptableL1Latency', /, L1 <?(\w+)/, L1_LATENCIES),
  flags('deviceCapabilities', {
    ExtTag: 'extendedTag',
    AttnBtn: 'attentionButton',
    AttnInd: 'attentionIndicator',
    PwrInd: 'powerIndicator',
    RBE: 'roleBasedErrorReporting',
    FLReset: 'functionLevelReset',
    'TEE-IO': 'teeIo',
  }),
  powerLimit('deviceCapabilities', /SlotPowerLimit (>?[\d.]+)W/),
];

const REPORTING = {
  CorrErr: 'correctableErrorReporting',
  NonFatalErr: 'nonFatalErrorReporting',
  FatalErr: 'fatalErrorReporting',
  UnsupReq: 'unsupportedRequestReporting',
  // Before pciutils 3.6.
  Correctable: 'correctableErrorReporting',
  'Non-Fatal': 'nonFatalErrorReporting',
  Fatal: 'fatalErrorReporting',
  Unsupported: 'unsupportedRequestReporting',
};
const deviceControl: readonly Take[] = [
  flags('deviceControl', {
    ...REPORTING,
    RlxdOrd: 'relaxedOrdering',
    ExtTag: 'extendedTag',
    PhantFunc: 'phantomFunctions',
    AuxPwr: 'auxPower',
    NoSnoop: 'noSnoop',
    BrConfRtry: 'initiateFunctionLevelReset',
    FLReset: 'initiateFunctionLevelReset',
  }),
  decimal('deviceControl', 'maxPayload', /MaxPayload (\d+) bytes/),
  decimal('deviceControl', 'maxReadRequest', /MaxReadReq (\d+) bytes/),
];

const deviceStatus: readonly Take[] = [
  flags('deviceStatus', {
    CorrErr: 'correctableError',
    NonFatalErr: 'nonFatalError',
    UncorrErr: 'nonFatalError',
    FatalErr: 'fatalError',
    UnsupReq: 'unsupportedRequest',
    UnsuppReq: 'unsupportedRequest',
    AuxPwr: 'auxPower',
    TransPend: 'transactionsPending',
  }),
];

const linkCapabilities: readonly Take[] = [
  decimal('linkCapabilities', 'portNumber', /Port #(\d+)/),
  bounded('linkCapabilities maxSpeed', /Speed ([\d.]+GT\/s)/, LINK_SPEEDS),
  decimal('linkCapabilities', 'maxWidth', /Width x(\d+)/),
  named('linkCapabilities', 'aspmSupport', /ASPM (L0s L1|L0s|L1|not supported)/, ASPM),
  bounded('linkCapabilities l0sExitLatency', /Exit Latency L0s <?(\w+)/, L0S_LATENCIES),
  bounded('linkCapabilities l1ExitLatency', /(?:Exit Latency|,) L1 <?(\w+)/, L1_LATENCIES),
  flags('linkCapabilities', {
    ClockPM: 'clockPowerManagement',
    Surprise: 'surpriseDownErrorReporting',
    LLActRep: 'dataLinkLayerActiveReporting',
    BwNot: 'bandwidthNotification',
    ASPMOptComp: 'aspmOptionalityCompliance',
  }),
];

const linkControl: readonly Take[] = [
  named('linkControl', 'aspm', /ASPM (L0s L1|L0s|L1|Disabled)/, ASPM),
  named('linkControl', 'readCompletionBoundary128', /RCB (64|128) bytes/, { 64: false, 128: true }),
  flags('linkControl', {
    LnkDisable: 'linkDisable',
    Disabled: 'linkDisable',
    CommClk: 'commonClock',
    ExtSynch: 'extendedSynch',
    ClockPM: 'clockPowerManagement',
    AutWidDis: 'hardwareAutonomousWidthDisable',
    BWInt: 'bandwidthManagementInterrupt',
    AutBWInt: 'autonomousBandwidthInterrupt',
    FltModeDis: 'flitModeDisable',
  }),
];

const linkStatus: readonly Take[] = [
  bounded('linkStatus currentSpeed', /Speed ([\d.]+GT\/s)/, LINK_SPEEDS),
  decimal('linkStatus', 'negotiatedWidth', /Width x(\d+)/),
  flags('linkStatus', {
    TrErr: 'trainingError',
    Train: 'linkTraining',
    SlotClk: 'slotClock',
    DLActive: 'dataLinkLayerActive',
    BWMgmt: 'bandwidthManagement',
    ABWMgmt: 'autonomousBandwidth',
  }),
];

const slotCapabilities: readonly Take[] = [
  flags('slotCapabilities', {
    AttnBtn: 'attentionButton',
    PwrCtrl: 'powerController',
    MRL: 'mrlSensor',
    AttnInd: 'attentionIndicator',
    PwrInd: 'powerIndicator',
    HotPlug: 'hotPlugCapable',
    Surprise: 'hotPlugSurprise',
    Interlock: 'electromechanicalInterlock',
    NoCompl: 'noCommandCompleted',
  }),
  decimal('slotCapabilities', 'physicalSlotNumber', /Slot #(\d+)/),
  powerLimit('slotCapabilities', /PowerLimit (>?[\d.]+)W/),
];

const slotControl: readonly Take[] = [
  flags('slotControl', {
    AttnBtn: 'attentionButtonPressed',
    PwrFlt: 'powerFault',
    MRL: 'mrlSensorChanged',
    PresDet: 'presenceDetectChanged',
    CmdCplt: 'commandCompletedInterrupt',
    HPIrq: 'hotPlugInterrupt',
    LinkChg: 'dataLinkLayerStateChanged',
  }),
];
const slotIndicators: readonly Take[] = [
  named('slotControl', 'attentionIndicator', /AttnInd (\w+)/, INDICATORS),
  named('slotControl', 'powerIndicator', /PwrInd (\w+)/, INDICATORS),
  flags('slotControl', { Power: 'powerController', Interlock: 'electromechanicalInterlock' }),
];

const slotStatus: readonly Take[] = [
  flags('slotStatus', {
    AttnBtn: 'attentionButtonPressed',
    PowerFlt: 'powerFault',
    MRL: 'mrlSensorOpen',
    CmdCplt: 'commandCompleted',
    PresDet: 'presenceDetect',
    Interlock: 'electromechanicalInterlock',
  }),
];
const slotChanged = flags('slotStatus', {
  MRL: 'mrlSensorChanged',
  PresDet: 'presenceDetectChanged',
  LinkState: 'dataLinkLayerStateChanged',
});

const rootControl = flags('rootControl', {
  ErrCorrectable: 'systemErrorOnCorrectable',
  'ErrNon-Fatal': 'systemErrorOnNonFatal',
  ErrFatal: 'systemErrorOnFatal',
  PMEIntEna: 'pmeInterrupt',
  CRSVisible: 'crsSoftwareVisibility',
});

const deviceCapabilities2: readonly Take[] = [
  (text, put) => {
    const range = /Completion Timeout: ([^,]+),/.exec(text)?.[1];
    if (range !== undefined && Object.hasOwn(TIMEOUT_RANGES, range))
      put.set('deviceCapabilities2', 'completionTimeoutRanges', TIMEOUT_RANGES[range as keyof typeof TIMEOUT_RANGES]);
  },
  flags('deviceCapabilities2', {
    TimeoutDis: 'completionTimeoutDisable',
    NROPrPrP: 'noRoEnabledPrPrPassing',
    LTR: 'ltr',
    '10BitTagComp': 'tag10Completer',
    '10BitTagReq': 'tag10Requester',
    ExtFmt: 'extendedFormat',
    EETLPPrefix: 'endEndTlpPrefix',
    EmergencyPowerReductionInit: 'emergencyPowerReductionInitialization',
    FRS: 'frs',
    ARIFwd: 'ariForwarding',
  }),
  named('deviceCapabilities2', 'obff', /OBFF (Not Supported|Via message\/WAKE#|Via message|Via WAKE#)/, OBFF),
  prefixes,
  named('deviceCapabilities2', 'emergencyPowerReduction', /EmergencyPowerReduction ([A-Z][A-Za-z ]+?),/, POWER_REDUCTION),
  named('deviceCapabilities2', 'lnSystemCacheLine', /LN System CLS ([\w ]+),/, CACHE_LINES),
  tph,
];
const atomicsCapable = flags('deviceCapabilities2', {
  Routing: 'atomicOpRouting',
  '32bit': 'atomicOp32',
  '64bit': 'atomicOp64',
  '128bitCAS': 'cas128',
});

const deviceControl2: readonly Take[] = [
  (text, put) => {
    const timeout = /Completion Timeout: ([^,]+),/.exec(text)?.[1];
    if (timeout !== undefined && Object.values<string>(COMPLETION_TIMEOUTS).includes(timeout))
      put.set('deviceControl2', 'completionTimeout', timeout);
  },
  flags('deviceControl2', {
    TimeoutDis: 'completionTimeoutDisable',
    ARIFwd: 'ariForwarding',
    LTR: 'ltr',
    IDOReq: 'idoRequest',
    IDOCompl: 'idoCompletion',
    EmergencyPowerReductionReq: 'emergencyPowerReductionRequest',
    '10BitTagReq': 'tag10Requester',
    EETLPPrefixBlk: 'endEndTlpPrefixBlocking',
    ReqEn: 'atomicOpRequester',
    EgressBlck: 'atomicOpEgressBlocking',
  }),
  named('deviceControl2', 'obff', /OBFF (Disabled|Via message A|Via message B|Via WAKE#)/, OBFF_CONTROL),
];

const linkCapabilities2: readonly Take[] = [
  supportedSpeeds,
  flags('linkCapabilities2', {
    Crosslink: 'crosslink',
    Retimer: 'retimerPresenceDetect',
    '2Retimers': 'twoRetimersPresenceDetect',
    DRS: 'drs',
  }),
];

/** Without a label where a line is wrapped, with one where lspci breaks it: the same fields in both. */
const linkControl2: readonly Take[] = [
  bounded('linkControl2 targetSpeed', /Target Link Speed: ([\d.]+GT\/s)/, Object.fromEntries(Object.entries(LINK_SPEEDS).slice(1))),
  flags('linkControl2', {
    EnterCompliance: 'enterCompliance',
    SpeedDis: 'hardwareAutonomousSpeedDisable',
    EnterModifiedCompliance: 'enterModifiedCompliance',
    ComplianceSOS: 'complianceSos',
  }),
  named('linkControl2', 'selectableDeemphasis', /Selectable De-emphasis: (-3\.5dB|-6dB)/, DEEMPHASIS),
];
const transmitMargin: Take = (text, put) => {
  if (text.startsWith('Normal Operating Range')) put.code('linkControl2', 'transmitMargin', 0);
  if (text.startsWith('800-1200mV')) put.code('linkControl2', 'transmitMargin', 1);
};
/** De-emphasis and preshoot in decibels, by the code of the preset (PCIe 6.0 table 4-24). */
const PRESETS = ['-6 0', '-3.5 0', '-4.4 0', '-2.5 0', '0 0', '0 1.9', '0 2.5', '-6.0 3.5', '-3.5 3.5', '0 3.5'];
const compliancePreset: Take = (text, put) => {
  const [, deemphasis, preshoot] = /^(-?[\d.]+)dB de-emphasis, ([\d.]+)dB preshoot/.exec(text) ?? [];
  const preset = PRESETS.indexOf(`${deemphasis} ${preshoot}`);
  if (preset >= 0) put.code('linkControl2', 'compliancePreset', preset);
};

const linkStatus2: readonly Take[] = [
  named('linkStatus2', 'currentDeemphasis', /Current De-emphasis Level: (-3\.5dB|-6dB)/, DEEMPHASIS),
  flags('linkStatus2', {
    EqualizationComplete: 'equalizationComplete',
    EqualizationPhase1: 'equalizationPhase1',
    EqualizationPhase2: 'equalizationPhase2',
    EqualizationPhase3: 'equalizationPhase3',
    LinkEqualizationRequest: 'equalizationRequest',
    Retimer: 'retimerPresent',
    '2Retimers': 'twoRetimersPresent',
    DRS: 'drsReceived',
  }),
  (text, put) => {
    const word = /CrosslinkRes: (unsupported|Upstream Port|Downstream Port|incomplete)/.exec(text)?.[1];
    if (word !== undefined) put.code('linkStatus2', 'crosslinkResolution', CROSSLINK[word as keyof typeof CROSSLINK]);
  },
];
const downstreamComponent: Take = (text, put) => {
  if (Object.hasOwn(COMPONENTS, text)) put.code('linkStatus2', 'downstreamComponentPresence', COMPONENTS[text as keyof typeof COMPONENTS]);
};

export const pciExpressReader = reader(pciExpress, /^Express\b/, {
  title: [
    decimal('capabilities', 'version', /^Express \(v(\d+)\)/),
    named('capabilities', 'deviceType', TYPE, TYPES),
    flags('capabilities', { Slot: 'slotImplemented' }),
    code('capabilities', 'interruptMessageNumber', /IntMsgNum (\d+)/, 10),
    // Before pciutils 3.11, in hexadecimal.
    code('capabilities', 'interruptMessageNumber', /MSI ([0-9a-f]{2})\b/),
  ],
  labels: {
    DevCap: deviceCapabilities,
    DevCtl: deviceControl,
    DevSta: deviceStatus,
    LnkCap: linkCapabilities,
    LnkCtl: linkControl,
    LnkSta: linkStatus,
    SltCap: slotCapabilities,
    SltCtl: slotControl,
    // Both of the slot's own lines that go on have labels inside.
    Control: slotIndicators,
    SltSta: slotStatus,
    Changed: [slotChanged],
    RootCap: [flags('rootCapabilities', { CRSVisible: 'crsSoftwareVisibility' })],
    RootCtl: [rootControl],
    RootSta: [
      code('rootStatus', 'pmeRequesterId', /ReqID ([0-9a-f]{4})\b/),
      flags('rootStatus', { PMEStatus: 'pmeStatus', PMEPending: 'pmePending' }),
    ],
    DevCap2: deviceCapabilities2,
    AtomicOpsCap: [atomicsCapable],
    DevCtl2: deviceControl2,
    AtomicOpsCtl: deviceControl2,
    LnkCap2: linkCapabilities2,
    LnkCtl2: linkControl2,
    'Transmit Margin': [transmitMargin, ...linkControl2],
    'Compliance Preset/De-emphasis': [compliancePreset],
    'Compliance De-emphasis': [],
    LnkSta2: linkStatus2,
    DownstreamComp: [downstreamComponent],
  },
});
