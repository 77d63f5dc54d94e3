/** The bridges above a function, by the folders that sysfs keeps it in: /sys/devices/pci0000:00/0000:00:1c.0/0000:01:00.0. */
import { realpathSync } from 'node:fs';
import type { Bdf } from '../../pure/pci/bdf.ts';
import { ConfigSpace } from '../../pure/pci/config-space.ts';
import { AttributeFolder } from './attribute.ts';

const ROOT_BUS = /^pci[0-9a-f]{4,8}:[0-9a-f]{2}$/;
const FUNCTION = /^[0-9a-f]{4,8}:[0-9a-f]{2}:[01][0-9a-f]\.[0-7]$/;

export interface BridgeAbove {
  /** As sysfs writes it. */
  readonly address: string;
  /** Config bytes, as far as they may be read. */
  readonly config: ConfigSpace;
}

/** The nearest first; empty on a root bus; null where the folders do not say. */
export function readBridgesAbove(address: Bdf, root = '/'): readonly BridgeAbove[] | null {
  let path: string;
  try {
    path = realpathSync(`${root.replace(/\/$/, '')}/sys/bus/pci/devices/${address.text}`);
  } catch {
    return null;
  }
  const parts = path.split('/');
  const first = parts.findIndex(part => ROOT_BUS.test(part));
  const between = parts.slice(first + 1, -1);
  if (first < 0 || !between.every(part => FUNCTION.test(part))) return null;
  const bridges = between.map((name, i) => {
    const bytes = AttributeFolder.open(parts.slice(0, first + 2 + i).join('/'))?.bytes('config');
    return { address: name, config: new ConfigSpace(bytes ?? new Uint8Array(0)) };
  });
  return bridges.reverse();
}
