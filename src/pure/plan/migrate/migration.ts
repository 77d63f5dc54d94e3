/** What a migration of one VM from one host to another comes to. */
import type { PlanStage, VmPlan } from '../plan-report.ts';
import type { RefusedByte } from './load-config.ts';
import type { NamedByte } from './name-byte.ts';

/** What keeps the source from being migrated at all, in QEMU's words. */
export interface MigrationBlocker {
  readonly stage: PlanStage;
  readonly code: string;
  readonly message: string;
  /** The id of the device that it is about; null for the VM. */
  readonly device: string | null;
  /** False where whether it holds is not known. */
  readonly isKnown: boolean;
  /** What it means, or what is not known. */
  readonly why: string;
}

/** What stops the load at the destination before any device is looked at, or keeps the VM from starting there. */
export interface MigrationError {
  readonly stage: PlanStage;
  readonly code: string;
  readonly message: string;
  /** Such as `machine`, or the id of a device. */
  readonly of: string;
}

/** A byte named on both sides. */
export interface ByteNames {
  readonly source: NamedByte;
  readonly destination: NamedByte;
}

/** The byte that QEMU names, with its two lines. */
export interface RefusedLoad extends RefusedByte, ByteNames {
  readonly lines: readonly string[];
  /** How many bytes would be refused; QEMU tells of the first alone. */
  readonly count: number;
}

/** A difference that nobody checks. */
export interface SilentDifference extends ByteNames {
  readonly at: number;
}

/** One device on both hosts, and what QEMU says when it loads it. */
export interface DeviceMigration {
  readonly id: string;
  readonly driver: string;
  /** Where QEMU's message finds it; null where that is not known. */
  readonly path: string | null;
  /** Host addresses. */
  readonly from: string | null;
  readonly to: string | null;
  readonly outcome: 'loads' | 'refused' | 'unknown';
  readonly refused: RefusedLoad | null;
  /** Why the outcome is unknown; null where it is not. */
  readonly unknown: string | null;
  /** The guest finds these others after the migration, and nobody tells it. */
  readonly silent: readonly SilentDifference[];
}

/** A difference of the VM that loads without a word. */
export interface MigrationWarning {
  readonly code: string;
  readonly message: string;
}

/** A VM's way from one host to another: what stops it, in the order in which QEMU and the kernel say it. */
export interface Migration {
  readonly from: VmPlan;
  readonly to: VmPlan;
  readonly outcome: 'migrates' | 'fails' | 'unknown';
  /** In the order in which QEMU comes to them. */
  readonly blockers: readonly MigrationBlocker[];
  readonly errors: readonly MigrationError[];
  readonly devices: readonly DeviceMigration[];
  readonly warnings: readonly MigrationWarning[];
}
