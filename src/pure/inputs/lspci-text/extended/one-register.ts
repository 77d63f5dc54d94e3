/** Reads the texts of extended capabilities with a capability and a control register and little more. */
import { acs } from '../../../pci/extended/acs.ts';
import { ari } from '../../../pci/extended/ari.ts';
import { ats } from '../../../pci/extended/ats.ts';
import { deviceSerialNumber } from '../../../pci/extended/device-serial-number.ts';
import { doe } from '../../../pci/extended/doe.ts';
import { laneMarginingFor } from '../../../pci/extended/lane-margining.ts';
import { pageRequest } from '../../../pci/extended/page-request.ts';
import { pasid } from '../../../pci/extended/pasid.ts';
import { ptm } from '../../../pci/extended/ptm.ts';
import { vendorSpecificExtended } from '../../../pci/extended/vendor-specific.ts';
import { code, decimal, flags, number, reader, type Take, type Words } from '../reader.ts';

const SERVICES: Words = {
  SrcValid: 'sourceValidation',
  TransBlk: 'translationBlocking',
  ReqRedir: 'p2pRequestRedirect',
  CmpltRedir: 'p2pCompletionRedirect',
  UpstreamFwd: 'upstreamForwarding',
  EgressCtrl: 'p2pEgressControl',
  DirectTrans: 'directTranslatedP2p',
};

export const acsReader = reader(acs, /^Access Control Services/, {
  labels: { ACSCap: [flags('capability', SERVICES)], ACSCtl: [flags('control', SERVICES)] },
});

export const ariReader = reader(ari, /^Alternative Routing-ID Interpretation/, {
  labels: {
    ARICap: [
      flags('capability', { MFVC: 'mfvcFunctionGroups', ACS: 'acsFunctionGroups' }),
      decimal('capability', 'nextFunction', /Next Function: (\d+)/),
    ],
    ARICtl: [
      flags('control', { MFVC: 'mfvcFunctionGroupsEnable', ACS: 'acsFunctionGroupsEnable' }),
      decimal('control', 'functionGroup', /Function Group: (\d+)/),
    ],
  },
});

export const atsReader = reader(ats, /^Address Translation Service/, {
  labels: {
    // The depth is coded: 00 is 32.
    ATSCap: [code('capability', 'invalidateQueueDepth', /Invalidate Queue Depth: ([0-9a-f]{2})\b/)],
    ATSCtl: [
      flags('control', { Enable: 'enable' }),
      code('control', 'smallestTranslationUnit', /Smallest Translation Unit: ([0-9a-f]{2})\b/),
    ],
  },
});

export const deviceSerialNumberReader = reader(deviceSerialNumber, /^Device Serial Number/, {
  title: [
    (text, put) => {
      const digits = /^Device Serial Number ((?:[0-9a-f]{2}-){7}[0-9a-f]{2})$/.exec(text)?.[1];
      if (digits !== undefined) put.number('serialNumber', BigInt(`0x${digits.replaceAll('-', '')}`));
    },
  ],
});

export const doeReader = reader(doe, /^Data Object Exchange/, {
  labels: {
    DOECap: [
      flags('capabilities', { IntSup: 'interruptSupport' }),
      code('capabilities', 'interruptMessageNumber', /(?:IntMsgNum|Interrupt Message Number) (\d+)/, 10),
    ],
    DOECtl: [flags('control', { IntEn: 'interruptEnable' })],
    DOESta: [flags('status', { Busy: 'busy', IntSta: 'interruptStatus', Error: 'error', ObjectReady: 'dataObjectReady' })],
  },
});

export const laneMarginingReader = reader(laneMarginingFor(0), /^Lane Margining at the Receiver/, {
  labels: {
    PortCap: [
      (text, put) => {
        const sign = /Uses Driver([+-])/.exec(text)?.[1];
        if (sign !== undefined) put.set('portCapabilities', 'usesDriverSoftware', sign === '+');
      },
    ],
    PortSta: [flags('portStatus', { MargReady: 'ready', MargSoftReady: 'softwareReady' })],
  },
});

export const pageRequestReader = reader(pageRequest, /^Page Request Interface/, {
  labels: {
    PRICtl: [flags('control', { Enable: 'enable', Reset: 'reset' })],
    PRISta: [
      flags('status', {
        RF: 'responseFailure',
        UPRGI: 'unexpectedGroupIndex',
        Stopped: 'stopped',
        PASID: 'responsePasidRequired',
      }),
    ],
    'Page Request Capacity': [
      number('outstandingCapacity', /^([0-9a-f]{8})\b/),
      number('outstandingAllocation', /Page Request Allocation: ([0-9a-f]{8})\b/),
    ],
  },
});

/** The same words in both lines stand for other fields. */
export const pasidReader = reader(pasid, /^Process Address Space ID/, {
  labels: {
    PASIDCap: [
      flags('capability', { Exec: 'executePermissionSupported', Priv: 'privilegedModeSupported' }),
      code('capability', 'maxPasidWidth', /Max PASID Width: ([0-9a-f]{2})\b/),
    ],
    PASIDCtl: [flags('control', { Enable: 'enable', Exec: 'executePermissionEnable', Priv: 'privilegedModeEnable' })],
  },
});

const granularity =
  (register: string, field: string, none: string): Take =>
  (text, put) => {
    const nanoseconds = /^(\d+)ns/.exec(text)?.[1];
    if (nanoseconds !== undefined) put.code(register, field, Number(nanoseconds));
    if (text.startsWith(none)) put.code(register, field, 0);
    if (text.startsWith('Greater than 254ns')) put.code(register, field, 255);
  };

export const ptmReader = reader(ptm, /^Precision Time Measurement/, {
  labels: {
    PTMCap: [flags('capability', { Requester: 'requesterCapable', Responder: 'responderCapable', Root: 'rootCapable' })],
    PTMClockGranularity: [granularity('capability', 'localClockGranularity', 'Unimplemented')],
    PTMControl: [flags('control', { Enabled: 'enable', RootSelected: 'rootSelect' })],
    PTMEffectiveGranularity: [granularity('control', 'effectiveGranularity', 'Unknown')],
  },
});

export const vendorSpecificExtendedReader = reader(vendorSpecificExtended, /^Vendor Specific Information: ID=/, {
  title: [
    code('header', 'id', /ID=([0-9a-f]{4})\b/),
    decimal('header', 'revision', /Rev=(\d+)/),
    code('header', 'length', /Len=([0-9a-f]{3})\b/),
  ],
});
