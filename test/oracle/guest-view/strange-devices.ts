/** One device for each input that ends QEMU and for each known difference, so that none of them is only said. */
import { buildConfigSpace, type ConfigSpaceParts } from '../../../src/pure/pci/builder.ts';
import type { GuestDevice } from './qemu-guest.ts';

const BAR_SIZES = [0x10000, 0, 0, 0, 0, 0];

function device(parts: Partial<ConfigSpaceParts>, barSizes: readonly number[] = BAR_SIZES): GuestDevice {
  const header = { vendorId: 0x1234, deviceId: 0x5678, classCode: 0x020000, size: 0x1000, bars: [0xfe000000] };
  return { bytes: buildConfigSpace({ ...header, ...parts }).bytes, barSizes };
}

const pm = { id: 0x01, body: '030000000000', offset: 0x40 };
const serial = { id: 0x03, body: '0102030405060708', offset: 0x100 };
const vendor = (offset: number) => ({ id: 0x0b, body: '00000001', offset });

export const STRANGE_DEVICES: Readonly<Record<string, GuestDevice>> = {
  'a standard list that leads back': device({ standard: [pm], override: [{ at: 0x41, bytes: '40' }] }),
  'an extended list that leads back': device({ standard: [pm], extended: [serial], override: [{ at: 0x102, bytes: '0110' }] }),
  'an extended list that leads to 40h': device({ standard: [pm], extended: [serial], override: [{ at: 0x102, bytes: '0104' }] }),
  'an extended capability of 4 bytes': device({ standard: [pm], extended: [{ ...vendor(0x100), body: '' }, vendor(0x104)] }),
  'power management of 4 bytes': device({
    standard: [
      { ...pm, body: '0300' },
      { id: 0x09, body: '0400', offset: 0x44 },
    ],
  }),
  'MSI for 64 vectors': device({ standard: [{ id: 0x05, body: '0c00000000000000', offset: 0x40 }] }),
  'a BAR of 6 KiB': device({}, [0x1800, 0, 0, 0, 0, 0]),
  'a bridge with region 2': device({ headerType: 1 }, [0, 0, 0x1000, 0, 0, 0]),
  'MSI-X without a region for its table': device({ standard: [{ id: 0x11, body: '00000100000000800000', offset: 0x40 }] }),
  'two MSI-X in a region that is mapped': device(
    {
      command: 2,
      bars: [0xfe00000c, 1],
      standard: [
        { id: 0x11, body: '00000000000000800000', offset: 0x40 },
        { id: 0x11, body: '00000000000000800000', offset: 0x50 },
      ],
    },
    [0x10000, 0x10, 0, 0, 0, 0],
  ),
  'two MSI-X in a region that a guest maps': device(
    {
      bars: [0xfe00000c, 1],
      standard: [
        { id: 0x11, body: '00000000000000800000', offset: 0x40 },
        { id: 0x11, body: '00000000000000800000', offset: 0x50 },
      ],
    },
    [0x10000, 0x10, 0, 0, 0, 0],
  ),
  // From byte 0, which is the pointer of a capability at FFh, to 33h, whose pointer is the one that began the list.
  'a standard list that leads to FFh and back': device({ vendorId: 0x1233, standard: [pm], override: [{ at: 0x34, bytes: 'ff' }] }),
  'ReBAR that runs over the next in the list': device({
    standard: [pm],
    extended: [
      { id: 0x15, body: 'f0ff0f0060050000', offset: 0x100 },
      { ...serial, offset: 0x200 },
      { ...serial, offset: 0x10c },
    ],
  }),
  'ReBAR that runs out of config space': device({
    standard: [pm],
    extended: [serial, { id: 0x15, body: 'f0ff0f00e0050000', offset: 0xff0 }],
  }),
  'MSI at F0h': device({ standard: [{ id: 0x05, body: '80010102030405060708090a0b0c', offset: 0xf0 }] }),
  'integrated endpoint of 12 bytes': device({
    standard: [
      { id: 0x10, body: '92000000000000000000', offset: 0x40 },
      { ...pm, offset: 0x4c },
      { id: 0x09, body: '0400', offset: 0x60 },
    ],
  }),
  'a CardBus bridge': device({ headerType: 2, standard: [{ id: 0x05, body: '810001020304', offset: 0x40 }] }),
  'a pointer that is no multiple of 4': device({
    standard: [pm],
    override: [
      { at: 0x34, bytes: '43000000' },
      { at: 0x43, bytes: '050001' },
    ],
  }),
  'an extended header of all ones': device({
    standard: [pm],
    extended: [serial, vendor(0x200)],
    override: [{ at: 0x200, bytes: 'ffffffff' }],
  }),
};
