/** Reads the title of a Designated Vendor-Specific Extended Capability, and by it or by the line below which of CXL's it is. */
import { dvsec } from '../../../pci/extended/dvsec.ts';
import { code, decimal, number, reader } from '../reader.ts';

export const dvsecReader = reader(dvsec, /^Designated Vendor-Specific: /, {
  title: [
    code('header', 'vendorId', /Vendor=([0-9a-f]{4})\b/),
    number('dvsecId', /ID=([0-9a-f]{4})\b/),
    decimal('header', 'revision', /Rev=(\d+)/),
    decimal('header', 'length', /Len=(\d+)/),
  ],
});
