/** The part of a profile that needs none of its rules: its name, and the tables of what a user can set. */
import type { PropertySystem } from '../qemu/index.ts';

/** What a profile is called and takes. Commands that print tables load these alone. */
export interface ProfileTables extends PropertySystem {
  /** What the user types: the VMM, and which version of it. */
  readonly name: string;
  /** A few words on what it is. */
  readonly summary: string;
}
