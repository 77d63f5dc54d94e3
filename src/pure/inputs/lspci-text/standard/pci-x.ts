/** Reads the texts of PCI-X, in a device and in a bridge. */
import { pcix, pcixBridge } from '../../../pci/capabilities/pci-x.ts';
import { code, decimal, flags, named, reader, type Take } from '../reader.ts';

const ABILITIES = {
  '64bit': 'width64',
  '133MHz': 'capable133',
  SCD: 'splitCompletionDiscarded',
  USC: 'unexpectedSplitCompletion',
  SCO: 'splitCompletionOverrun',
  SRD: 'splitRequestDelayed',
};

const address: readonly Take[] = [
  code('status', 'busNumber', /Dev=([0-9a-f]{2}):/),
  code('status', 'deviceNumber', /Dev=[0-9a-f]{2}:([0-9a-f]{2})\./),
  code('status', 'functionNumber', /Dev=[0-9a-f]{2}:[0-9a-f]{2}\.([0-7])/),
];

/** A choice of which the layout has the number as text. */
const choice =
  (register: string, field: string, pattern: RegExp): Take =>
  (text, put) => {
    const digits = pattern.exec(text)?.[1];
    if (digits !== undefined) put.set(register, field, digits);
  };

const { SCO: _overrun, SRD: _delayed, ...DEVICE_ABILITIES } = ABILITIES;

export const pcixReader = reader(pcix, /^PCI-X non-bridge device/, {
  labels: {
    Command: [
      flags('command', { DPERE: 'dataParityErrorRecovery', ERO: 'relaxedOrdering' }),
      choice('command', 'maxReadByteCount', /RBC=(\d+)/),
      choice('command', 'maxSplitTransactions', /OST=(\d+)/),
    ],
    Status: [
      ...address,
      flags('status', { ...DEVICE_ABILITIES, RSCEM: 'splitCompletionError', '266MHz': 'capable266', '533MHz': 'capable533' }),
      named('status', 'complexDevice', /DC=(bridge|simple)/, { bridge: true, simple: false }),
      choice('status', 'designedReadByteCount', /DMMRBC=(\d+)/),
      choice('status', 'designedSplitTransactions', /DMOST=(\d+)/),
      (text, put) => {
        // In units of 128 bytes.
        const size = /DMCRS=(\d+)/.exec(text)?.[1];
        if (size !== undefined) put.set('status', 'designedCumulativeReadSize', Math.log2(Number(size) / 8));
      },
    ],
  },
});

/** Of the four bits three are shown. */
const FREQUENCIES = ['conv', '66MHz', '100MHz', '133MHz', '?4', '?5', '?6', '?7'];
const SHOWN = 7;

const split = (register: string): readonly Take[] => [
  decimal(register, 'capacity', /Capacity=(\d+)/),
  decimal(register, 'commitmentLimit', /CommitmentLimit=(\d+)/),
];

export const pcixBridgeReader = reader(pcixBridge, /^PCI-X bridge device/, {
  labels: {
    'Secondary Status': [
      flags('secondaryStatus', ABILITIES),
      (text, put) => {
        const frequency = FREQUENCIES.indexOf(/Freq=(\S+)/.exec(text)?.[1] ?? '');
        if (frequency >= 0) put.some('secondaryStatus', 'frequency', SHOWN, frequency);
      },
    ],
    Status: [...address, flags('status', ABILITIES)],
    Upstream: split('upstreamSplits'),
    Downstream: split('downstreamSplits'),
  },
});
