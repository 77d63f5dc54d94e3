/** Reads the text of Single Root I/O Virtualization. */
import { srIov } from '../../../pci/extended/sr-iov.ts';
import { PCI_BASE_ADDRESS_MEM_PREFETCH, PCI_BASE_ADDRESS_MEM_TYPE_64 } from '../../../spec/pci-regs.ts';
import { code, flags, number, reader } from '../reader.ts';

const REGION = /^Region ([0-5]): Memory at ([0-9a-f]{8}|[0-9a-f]{16}) \((32|64)-bit, (non-)?prefetchable\)/;

export const srIovReader = reader(srIov, /^Single Root I\/O Virtualization/, {
  labels: {
    IOVCap: [
      flags('capabilities', { Migration: 'vfMigrationCapable', '10BitTagReq': 'vf10BitTagRequesterSupported' }),
      code('capabilities', 'vfMigrationInterruptMessageNumber', /IntMsgNum (\d+)/, 10),
      // Before pciutils 3.11.
      code('capabilities', 'vfMigrationInterruptMessageNumber', /Interrupt Message Number: ([0-9a-f]{3})\b/),
    ],
    IOVCtl: [
      flags('control', {
        Enable: 'vfEnable',
        Migration: 'vfMigrationEnable',
        Interrupt: 'vfMigrationInterruptEnable',
        MSE: 'vfMemorySpaceEnable',
        ARIHierarchy: 'ariCapableHierarchy',
        '10BitTagReq': 'vf10BitTagRequesterEnable',
      }),
    ],
    IOVSta: [flags('status', { Migration: 'vfMigrationStatus' })],
    'Initial VFs': [
      number('initialVfs', /^(\d+)/, 10),
      number('totalVfs', /Total VFs: (\d+)/, 10),
      number('numVfs', /Number of VFs: (\d+)/, 10),
      number('functionDependencyLink', /Function Dependency Link: ([0-9a-f]{2})\b/),
    ],
    'VF offset': [
      number('firstVfOffset', /^(\d+)/, 10),
      number('vfStride', /stride: (\d+)/, 10),
      number('vfDeviceId', /Device ID: ([0-9a-f]{4})\b/),
    ],
    'Supported Page Size': [
      number('supportedPageSizes', /^([0-9a-f]{8})\b/),
      number('systemPageSize', /System Page Size: ([0-9a-f]{8})\b/),
    ],
    'VF Migration': [
      (text, put) => {
        const [, offset, bar] = /offset: ([0-9a-f]{8}), BIR: ([0-7])/.exec(text) ?? [];
        if (offset === undefined) return;
        put.set('vfMigrationState', 'offset', Number.parseInt(offset, 16));
        put.set('vfMigrationState', 'bar', Number(bar));
      },
    ],
  },
  rest(lines, put) {
    for (const line of lines) {
      const [, index, address = '', width, non] = REGION.exec(line) ?? [];
      if (index === undefined || (width === '64') !== (address.length === 16)) continue;
      const type = (width === '64' ? PCI_BASE_ADDRESS_MEM_TYPE_64 : 0) | (non === undefined ? PCI_BASE_ADDRESS_MEM_PREFETCH : 0);
      put.number(`vfBars.${index}`, Number.parseInt(address.slice(-8), 16) + type);
      if (width === '64' && index !== '5') put.number(`vfBars.${Number(index) + 1}`, Number.parseInt(address.slice(0, 8), 16));
    }
  },
});
