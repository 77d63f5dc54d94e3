/** Regions and interrupts of a VFIO device, as `airlock probe` and `airlock attach` print them. */
import * as v from 'valibot';
import { count, flag, hex, list, text } from './values.ts';

export const mappable = list(
  v.object({ offset: hex('bytes from the start of the region'), size: hex('bytes') }),
  'what may be mapped: nothing, the whole region or parts of it',
);

/** What both say of a region. */
export const regionFields = {
  index: count('VFIO_PCI_…_REGION_INDEX'),
  name: text('BAR 0 to BAR 5, ROM, config, VGA; type and subtype for a region without a fixed index, or unknown'),
  size: hex('bytes; 0 for a region that the device does not have'),
  isReadable: flag('whether it can be read'),
  isWritable: flag('whether it can be written'),
  mappable,
};

export const interrupt = v.object({
  index: count('VFIO_PCI_…_IRQ_INDEX'),
  name: text('INTx, MSI, MSI-X, error (AER), request (the host asks for the device back), or unknown'),
  flags: hex('VFIO_IRQ_INFO_… as they came'),
  hasEventfd: flag('whether an eventfd can be told of it'),
  isMaskable: flag('whether it can be masked'),
  isAutomasked: flag('whether it is masked when it comes, until it is unmasked'),
  isFixedSize: flag('whether more of them can be set up only after all were given up'),
  count: count('how many; 0 for a kind that the device does not have'),
});
