/** The text of QEMU's `info qtree`: each device with its bus and its properties. */

/** A device of the tree. */
export interface QtreeDevice {
  readonly driver: string;
  readonly id: string;
  /** The name of the bus that it is on. */
  readonly bus: string;
  /** As the text has them: `"on"`, `true`, `4096 (4 KiB)`, `05.0`. */
  readonly properties: ReadonlyMap<string, string>;
}

interface OpenItem {
  readonly indent: number;
  readonly bus: string | null;
  readonly properties: Map<string, string> | null;
}

/** In the order of the text. */
export function parseQtree(text: string): QtreeDevice[] {
  const open: OpenItem[] = [];
  const devices: QtreeDevice[] = [];
  for (const line of text.split(/\r?\n/)) {
    const indent = line.length - line.trimStart().length;
    const bus = /^ *bus: (.*)$/.exec(line)?.[1];
    const [, driver, id = ''] = /^ *dev: ([^,]*), id "(.*)"$/.exec(line) ?? [];
    if (bus !== undefined || driver !== undefined) {
      while ((open.at(-1)?.indent ?? -1) >= indent) open.pop();
      const properties = driver === undefined ? null : new Map<string, string>();
      if (driver !== undefined && properties !== null) {
        devices.push({ driver, id, bus: open.findLast(item => item.bus !== null)?.bus ?? '', properties });
      }
      open.push({ indent, bus: bus ?? null, properties });
      continue;
    }
    const [, name, value = ''] = /^ *([^ ]+) = (.*)$/.exec(line) ?? [];
    if (name !== undefined) open.at(-1)?.properties?.set(name, value);
  }
  return devices;
}
