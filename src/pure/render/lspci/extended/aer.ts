/** The text of Advanced Error Reporting. */
import { hexDigits } from '../../../bytes/hex.ts';
import type { CapabilityFields } from '../../../pci/capability.ts';
import { aer } from '../../../pci/extended/aer.ts';
import { formatFlags, renderer } from '../renderer.ts';

type Aer = CapabilityFields<typeof aer>;

function uncorrectableLines(name: string, errors: Aer['uncorrectableStatus']): string[] {
  const first = formatFlags({
    DLP: errors.dataLinkProtocol,
    SDES: errors.surpriseDown,
    TLP: errors.poisonedTlpReceived,
    FCP: errors.flowControlProtocol,
    CmpltTO: errors.completionTimeout,
    CmpltAbrt: errors.completerAbort,
    UnxCmplt: errors.unexpectedCompletion,
    RxOF: errors.receiverOverflow,
    MalfTLP: errors.malformedTlp,
  });
  const second = formatFlags({
    ECRC: errors.ecrc,
    UnsupReq: errors.unsupportedRequest,
    ACSViol: errors.acsViolation,
    UncorrIntErr: errors.uncorrectableInternal,
    BlockedTLP: errors.multicastBlockedTlp,
    AtomicOpBlocked: errors.atomicOpEgressBlocked,
    TLPBlockedErr: errors.tlpPrefixBlocked,
  });
  const third = formatFlags({
    PoisonTLPBlocked: errors.poisonedTlpEgressBlocked,
    DMWrReqBlocked: errors.dmwrEgressBlocked,
    IDECheck: errors.ideCheckFailed,
    MisIDETLP: errors.misroutedIdeTlp,
    PCRC_CHECK: errors.pcrcCheckFailed,
    TLPXlatBlocked: errors.tlpTranslationEgressBlocked,
  });
  return [`${name}:\t${first}`, `\t${second}`, `\t${third}`];
}

function correctableLine(name: string, errors: Aer['correctableStatus']): string {
  const flags = formatFlags({
    RxErr: errors.receiver,
    BadTLP: errors.badTlp,
    BadDLLP: errors.badDllp,
    Rollover: errors.replayNumRollover,
    Timeout: errors.replayTimerTimeout,
    AdvNonFatalErr: errors.advisoryNonFatal,
    CorrIntErr: errors.correctedInternal,
    HeaderOF: errors.headerLogOverflow,
  });
  return `${name}:\t${flags}`;
}

function controlLines(control: Aer['control']): string[] {
  const ecrc = formatFlags({
    ECRCGenCap: control.ecrcGenerationCapable,
    ECRCGenEn: control.ecrcGenerationEnable,
    ECRCChkCap: control.ecrcCheckCapable,
    ECRCChkEn: control.ecrcCheckEnable,
  });
  const log = formatFlags({
    MultHdrRecCap: control.multipleHeaderCapable,
    MultHdrRecEn: control.multipleHeaderEnable,
    TLPPfxPres: control.tlpPrefixLogPresent,
    HdrLogCap: control.completionTimeoutLogCapable,
  });
  return [`AERCap:\tFirst Error Pointer: ${hexDigits(control.firstErrorPointer, 2)}, ${ecrc}`, `\t${log}`];
}

function rootLines(fields: Aer): string[] {
  const { rootErrorCommand: command, rootErrorStatus: status } = fields;
  if (command === undefined || status === undefined) return [];
  const enabled = formatFlags({ CERptEn: command.correctableEnable, NFERptEn: command.nonFatalEnable, FERptEn: command.fatalEnable });
  const received = formatFlags({
    CERcvd: status.correctableReceived,
    MultCERcvd: status.multipleCorrectableReceived,
    UERcvd: status.uncorrectableReceived,
    MultUERcvd: status.multipleUncorrectableReceived,
  });
  const kinds = formatFlags({
    FirstFatal: status.firstUncorrectableFatal,
    NonFatalMsg: status.nonFatalReceived,
    FatalMsg: status.fatalReceived,
  });
  const correctable = hexDigits(fields.correctableSourceId ?? 0, 4);
  const uncorrectable = hexDigits(fields.uncorrectableSourceId ?? 0, 4);
  return [
    `RootCmd: ${enabled}`,
    `RootSta: ${received}`,
    `\t ${kinds} IntMsgNum ${status.interruptMessageNumber}`,
    `ErrorSrc: ERR_COR: ${correctable} ERR_FATAL/NONFATAL: ${uncorrectable}`,
  ];
}

export const aerText = renderer(aer, fields => ({
  title: 'Advanced Error Reporting',
  lines: [
    ...uncorrectableLines('UESta', fields.uncorrectableStatus),
    ...uncorrectableLines('UEMsk', fields.uncorrectableMask),
    ...uncorrectableLines('UESvrt', fields.uncorrectableSeverity),
    correctableLine('CESta', fields.correctableStatus),
    correctableLine('CEMsk', fields.correctableMask),
    ...controlLines(fields.control),
    `HeaderLog: ${fields.headerLog.map(dword => hexDigits(dword, 8)).join(' ')}`,
    ...rootLines(fields),
  ],
}));
