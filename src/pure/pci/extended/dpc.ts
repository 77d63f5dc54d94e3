/** Downstream Port Containment, ID 001Dh (PCIe 6.0 §7.9.14), with the Root Port extensions where the port has them. */
import { bit, bits, choice } from '../../bytes/bits.ts';
import { list, type Peek, reg16, reg32, u16, u32, when } from '../../bytes/layout.ts';
import { PCI_EXT_CAP_ID_DPC } from '../../spec/pci-regs.ts';
import { extendedCapability } from '../capability.ts';

const CAPABILITY = 0x04;

function hasRootPortExtensions(peek: Peek): boolean {
  return (peek.u16(CAPABILITY) & 0x20) !== 0;
}

/** The RP PIO log in dwords: 4 of header, 1 implementation specific, then TLP prefixes. */
function logDwords(peek: Peek): number {
  return hasRootPortExtensions(peek) ? decodeLogSize(peek.u16(CAPABILITY) >> 8) : 0;
}

/** Size [3:0] in bits 0 to 3 and size [4] in bit 5 (PCIe 6.0). */
function decodeLogSize(raw: number): number {
  return (raw & 15) | ((raw >> 1) & 16);
}

/** One of the five RP PIO registers, which name the same requests and completions (PCIe 6.0 §7.9.14.6). */
function rootPortRequests(at: number) {
  const requests = reg32(at, {
    configUnsupportedRequest: bit(0),
    configCompleterAbort: bit(1),
    configCompletionTimeout: bit(2),
    ioUnsupportedRequest: bit(8),
    ioCompleterAbort: bit(9),
    ioCompletionTimeout: bit(10),
    memoryUnsupportedRequest: bit(16),
    memoryCompleterAbort: bit(17),
    memoryCompletionTimeout: bit(18),
  });
  return when(hasRootPortExtensions, requests);
}

export const dpc = extendedCapability({
  id: PCI_EXT_CAP_ID_DPC,
  name: 'DPC',
  title: 'Downstream Port Containment',
  length: 'to-next',
  privatePlaces: 'nothing',
  registers: {
    capability: reg16(CAPABILITY, {
      interruptMessageNumber: bits(0, 4),
      rootPortExtensions: bit(5),
      poisonedTlpEgressBlockingSupported: bit(6),
      softwareTriggeringSupported: bit(7),
      rpPioLogSize: bits(8, 11),
      dlActiveErrCorSignalingSupported: bit(12),
      // Bit 4 of the size, for flit mode (PCIe 6.0).
      rpPioLogSize4: bit(13),
    }),
    control: reg16(0x06, {
      triggerEnable: choice(0, 1, { 0: 'disabled', 1: 'fatal', 2: 'fatal or non-fatal' }),
      completionControl: choice(2, 2, { 0: 'completer abort', 1: 'unsupported request' }),
      interruptEnable: bit(3),
      errCorEnable: bit(4),
      poisonedTlpEgressBlockingEnable: bit(5),
      softwareTrigger: bit(6),
      dlActiveErrCorEnable: bit(7),
      sigSfwEnable: bit(8),
    }),
    status: reg16(0x08, {
      triggerStatus: bit(0),
      triggerReason: choice(1, 2, { 0: 'uncorrectable error', 1: 'ERR_NONFATAL', 2: 'ERR_FATAL', 3: 'see extension' }),
      interruptStatus: bit(3),
      rpBusy: bit(4),
      triggerReasonExtension: choice(5, 6, { 0: 'RP PIO error', 1: 'software trigger' }),
      rpPioFirstErrorPointer: bits(8, 12),
      sigSfwStatus: bit(13),
    }),
    errorSourceId: u16(0x0a),
    rpPioStatus: rootPortRequests(0x0c),
    rpPioMask: rootPortRequests(0x10),
    rpPioSeverity: rootPortRequests(0x14),
    rpPioSysError: rootPortRequests(0x18),
    rpPioException: rootPortRequests(0x1c),
    rpPioHeaderLog: list(0x20, 4, peek => Math.min(logDwords(peek), 4), u32(0)),
    rpPioImplementationSpecificLog: when(peek => logDwords(peek) >= 5, u32(0x30)),
    rpPioTlpPrefixLog: list(0x34, 4, peek => Math.max(logDwords(peek) - 5, 0), u32(0)),
  },
});
