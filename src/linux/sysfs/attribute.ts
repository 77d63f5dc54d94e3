/** Reading attributes of a tree that the kernel changes while it is read (sysfs(5)): what is gone is absent, not an error. */
import { closeSync, openSync, readdirSync, readlinkSync, readSync } from 'node:fs';
import { basename } from 'node:path';
import { PCI_CFG_SPACE_EXP_SIZE } from '../../pure/spec/pci-regs.ts';

/** The codes that mean "not there": no such file, and files of a device that was taken away after they were opened. */
const GONE = ['ENOENT', 'ENOTDIR', 'ENODEV', 'ENXIO'];

/** Room for an attribute, which is at most a page long: 64 KiB are the largest pages that Linux has. */
const page = new Uint8Array(0x1_0000);
const decoder = new TextDecoder();

function codeOf(error: unknown): string {
  if (error instanceof Error && 'code' in error && typeof error.code === 'string') return error.code;
  throw error;
}

/** A file that exists and cannot be read, and the errno's name. */
export interface Unreadable {
  readonly file: string;
  readonly code: string;
}

/** One folder of the tree, listed once; remembers what vanished since and what could not be read. */
export class AttributeFolder {
  readonly path: string;
  readonly names: ReadonlySet<string>;
  /** Files that were listed and were gone when read. */
  readonly vanished: string[] = [];
  readonly unreadable: Unreadable[] = [];

  private constructor(path: string, names: ReadonlySet<string>) {
    this.path = path;
    this.names = names;
  }

  /** The folder, or null where there is none. */
  static open(path: string): AttributeFolder | null {
    const names = listFolder(path);
    return names === null ? null : new AttributeFolder(path, new Set(names));
  }

  #attempt<T>(name: string, read: (path: string) => T): T | null {
    if (!this.names.has(name)) return null;
    try {
      return read(`${this.path}/${name}`);
    } catch (error) {
      const code = codeOf(error);
      if (GONE.includes(code)) this.vanished.push(name);
      else this.unreadable.push({ file: name, code });
      return null;
    }
  }

  /** The text of a file without the white space around it; null where it is absent or unreadable. */
  text(name: string): string | null {
    return this.#attempt(name, path => decoder.decode(readPage(path)).trim());
  }

  /** An integer, decimal or with `0x`; null also where the file holds something else. */
  integer(name: string): number | null {
    const text = this.text(name);
    return text !== null && /^(?:0x[0-9a-f]{1,13}|-?\d{1,15})$/i.test(text) ? Number(text) : null;
  }

  /** A copy of the bytes of a config file, at most as many as a function has. */
  bytes(name: string): Uint8Array | null {
    return this.#attempt(name, path => readPage(path).slice(0, PCI_CFG_SPACE_EXP_SIZE));
  }

  /** Whether anything in the folder is a symbolic link, as `subsystem` is in that of every device. */
  hasLinks(): boolean {
    try {
      return readdirSync(this.path, { withFileTypes: true }).some(entry => entry.isSymbolicLink());
    } catch (error) {
      codeOf(error);
      return false;
    }
  }

  /** The last part of where a symbolic link leads. */
  link(name: string): string | null {
    return this.#attempt(name, path => basename(readlinkSync(path)));
  }
}

/** The first bytes of a file, as many as `page` holds, in a buffer that the next call reuses. */
function readPage(path: string): Uint8Array {
  const fd = openSync(path, 'r');
  try {
    let length = 0;
    while (length < page.length) {
      const count = readSync(fd, page, length, page.length - length, null);
      if (count === 0) break;
      length += count;
    }
    return page.subarray(0, length);
  } finally {
    closeSync(fd);
  }
}

/** Names in a folder, in order; null where there is no such folder. Throws for a folder that may not be listed. */
export function listFolder(path: string): string[] | null {
  try {
    return readdirSync(path).sort();
  } catch (error) {
    if (GONE.includes(codeOf(error))) return null;
    throw error;
  }
}

/** The text of one file, trimmed; null where it is absent or may not be read. */
export function readText(path: string): string | null {
  try {
    return decoder.decode(readPage(path)).trim();
  } catch (error) {
    codeOf(error);
    return null;
  }
}
