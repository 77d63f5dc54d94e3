/** Reads the texts of the standard capabilities that have one or two lines. */
import { advancedFeatures } from '../../../pci/capabilities/advanced-features.ts';
import { debugPort } from '../../../pci/capabilities/debug-port.ts';
import { sata } from '../../../pci/capabilities/sata.ts';
import { slotIdentification } from '../../../pci/capabilities/slot-identification.ts';
import { subsystemIds } from '../../../pci/capabilities/subsystem-ids.ts';
import { PCI_SATA_REGS_INLINE } from '../../../spec/pci-regs.ts';
import { code, decimal, flags, number, reader, type Take } from '../reader.ts';

/** Code 4 is the BAR at 10h. */
const FIRST_BAR = 4;

const sataPlace: Take = (text, put) => {
  if (/\bInCfgSpace\b/.test(text)) put.code('location', 'barLocation', PCI_SATA_REGS_INLINE);
  const [, bar, offset] = /\bBAR([0-5]) Offset=([0-9a-f]{8})\b/.exec(text) ?? [];
  if (bar === undefined || offset === undefined) return;
  put.code('location', 'barLocation', Number(bar) + FIRST_BAR);
  // In dwords, as the register has it.
  put.code('location', 'offset', Number.parseInt(offset, 16));
};

export const sataReader = reader(sata, /^SATA HBA v/, {
  title: [code('revision', 'major', /^SATA HBA v(\d+)\./, 10), code('revision', 'minor', /^SATA HBA v\d+\.(\d+)/, 10), sataPlace],
});

export const advancedFeaturesReader = reader(advancedFeatures, /^PCI Advanced Features/, {
  labels: {
    AFCap: [flags('capabilities', { TP: 'transactionsPending', FLR: 'functionLevelReset' })],
    AFCtrl: [flags('control', { FLR: 'initiateFunctionLevelReset' })],
    AFStatus: [flags('status', { TP: 'transactionsPending' })],
  },
});

/** With names alone there is no ID; one in brackets is that of -nn, one alone that of -n. */
const IDS = /(?:^Subsystem: |\[)([0-9a-f]{4}):([0-9a-f]{4})\]?$/;

export const subsystemIdsReader = reader(subsystemIds, /^Subsystem: /, {
  title: [
    (text, put) => {
      const [, vendor, device] = IDS.exec(text) ?? [];
      if (vendor === undefined || device === undefined) return;
      put.number('subsystemVendorId', Number.parseInt(vendor, 16));
      put.number('subsystemId', Number.parseInt(device, 16));
    },
  ],
});

export const slotIdentificationReader = reader(slotIdentification, /^Slot ID: /, {
  title: [
    decimal('expansionSlot', 'slotsProvided', /(\d+) slots/),
    flags('expansionSlot', { First: 'firstInChassis' }),
    number('chassisNumber', /chassis ([0-9a-f]{2})\b/),
  ],
});

export const debugPortReader = reader(debugPort, /^Debug port: /, {
  title: [decimal('location', 'barNumber', /BAR=(\d)/), code('location', 'offset', /offset=([0-9a-f]{4})\b/)],
});
