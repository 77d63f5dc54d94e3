/** The JSON of `attach`: sizes and flags as hex strings, config space as bytes and decoded. */
import { formatHex } from '../bytes/hex.ts';
import { formatConfigText } from '../capture/config-text.ts';
import { irqFlags } from '../device/vfio-info.ts';
import { decodeDevice } from '../pci/decode-device.ts';
import type { AttachReport } from './attach-report.ts';
import { decodeJson } from './decode-json.ts';
import { interruptName, regionName } from './probe-report.ts';
import type { AttachJson } from './schemas/attach.ts';
import { ATTACH_SCHEMA_VERSION } from './versions.ts';

export function attachJson({ socket, agreement, info, regions, mappable, interrupts, config }: AttachReport): AttachJson {
  const { minor, ...agreed } = agreement;
  return {
    schemaVersion: ATTACH_SCHEMA_VERSION,
    socket,
    version: { major: 0, minor },
    agreement: agreed,
    flags: formatHex(info.flags),
    isResettable: info.isResettable,
    regions: regions.map(({ index, size, isReadable, isWritable, capabilities }, i) => ({
      index,
      name: regionName({ index, type: null }),
      size: formatHex(size),
      isReadable,
      isWritable,
      mappable: (mappable[i] ?? []).map(area => ({ offset: formatHex(area.offset), size: formatHex(area.size) })),
      capabilities,
    })),
    interrupts: interrupts.map(({ index, flags, count }) => ({
      index,
      name: interruptName({ index }),
      flags: formatHex(flags),
      count,
      ...irqFlags(flags),
    })),
    config: config === null ? null : formatConfigText(config),
    device: config === null ? null : decodeJson(decodeDevice(config, null)),
  };
}
