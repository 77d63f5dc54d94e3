/** Reads the text of Advanced Error Reporting. */
import { aer } from '../../../pci/extended/aer.ts';
import { code, flags, number, reader, type Take, type Words } from '../reader.ts';

/** The texts of the three registers are alike. */
const UNCORRECTABLE: Words = {
  DLP: 'dataLinkProtocol',
  SDES: 'surpriseDown',
  TLP: 'poisonedTlpReceived',
  FCP: 'flowControlProtocol',
  CmpltTO: 'completionTimeout',
  CmpltAbrt: 'completerAbort',
  UnxCmplt: 'unexpectedCompletion',
  RxOF: 'receiverOverflow',
  MalfTLP: 'malformedTlp',
  ECRC: 'ecrc',
  UnsupReq: 'unsupportedRequest',
  ACSViol: 'acsViolation',
  UncorrIntErr: 'uncorrectableInternal',
  BlockedTLP: 'multicastBlockedTlp',
  AtomicOpBlocked: 'atomicOpEgressBlocked',
  TLPBlockedErr: 'tlpPrefixBlocked',
  PoisonTLPBlocked: 'poisonedTlpEgressBlocked',
  DMWrReqBlocked: 'dmwrEgressBlocked',
  IDECheck: 'ideCheckFailed',
  MisIDETLP: 'misroutedIdeTlp',
  PCRC_CHECK: 'pcrcCheckFailed',
  TLPXlatBlocked: 'tlpTranslationEgressBlocked',
};

const CORRECTABLE: Words = {
  RxErr: 'receiver',
  BadTLP: 'badTlp',
  BadDLLP: 'badDllp',
  Rollover: 'replayNumRollover',
  Timeout: 'replayTimerTimeout',
  AdvNonFatalErr: 'advisoryNonFatal',
  // Before pciutils 3.6.
  NonFatalErr: 'advisoryNonFatal',
  CorrIntErr: 'correctedInternal',
  HeaderOF: 'headerLogOverflow',
};

const headerLog: Take = (text, put) => {
  for (const [i, dword] of (text.match(/\b[0-9a-f]{8}\b/g) ?? []).slice(0, 4).entries())
    put.number(`headerLog.${i}`, Number.parseInt(dword, 16));
};

export const aerReader = reader(aer, /^Advanced Error Reporting/, {
  labels: {
    UESta: [flags('uncorrectableStatus', UNCORRECTABLE)],
    UEMsk: [flags('uncorrectableMask', UNCORRECTABLE)],
    UESvrt: [flags('uncorrectableSeverity', UNCORRECTABLE)],
    CESta: [flags('correctableStatus', CORRECTABLE)],
    CEMsk: [flags('correctableMask', CORRECTABLE)],
    AERCap: [
      code('control', 'firstErrorPointer', /First Error Pointer: ([0-9a-f]{2})\b/),
      flags('control', {
        ECRCGenCap: 'ecrcGenerationCapable',
        ECRCGenEn: 'ecrcGenerationEnable',
        ECRCChkCap: 'ecrcCheckCapable',
        ECRCChkEn: 'ecrcCheckEnable',
        // Before pciutils 3.6.
        GenCap: 'ecrcGenerationCapable',
        CGenEn: 'ecrcGenerationEnable',
        ChkCap: 'ecrcCheckCapable',
        ChkEn: 'ecrcCheckEnable',
        MultHdrRecCap: 'multipleHeaderCapable',
        MultHdrRecEn: 'multipleHeaderEnable',
        TLPPfxPres: 'tlpPrefixLogPresent',
        HdrLogCap: 'completionTimeoutLogCapable',
      }),
    ],
    HeaderLog: [headerLog],
    RootCmd: [flags('rootErrorCommand', { CERptEn: 'correctableEnable', NFERptEn: 'nonFatalEnable', FERptEn: 'fatalEnable' })],
    RootSta: [
      flags('rootErrorStatus', {
        CERcvd: 'correctableReceived',
        MultCERcvd: 'multipleCorrectableReceived',
        UERcvd: 'uncorrectableReceived',
        MultUERcvd: 'multipleUncorrectableReceived',
        FirstFatal: 'firstUncorrectableFatal',
        NonFatalMsg: 'nonFatalReceived',
        FatalMsg: 'fatalReceived',
      }),
      code('rootErrorStatus', 'interruptMessageNumber', /(?:IntMsgNum|IntMsg) (\d+)/, 10),
    ],
    ErrorSrc: [
      number('correctableSourceId', /ERR_COR: ([0-9a-f]{4})\b/),
      number('uncorrectableSourceId', /ERR_FATAL\/NONFATAL: ([0-9a-f]{4})\b/),
    ],
  },
});
