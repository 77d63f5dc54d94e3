/** The compliance suite of a vfio-user server: what it must do over any carrier, whoever is at the other end. */
import { describe } from 'node:test';
import type { ComplianceBed } from './bed.ts';
import { judgeDma } from './dma.ts';
import { judgeFraming } from './framing.ts';
import { judgeHostility } from './hostile.ts';
import { judgeInterrupts } from './interrupts.ts';
import { judgeMigration } from './migration.ts';
import { judgeNegotiation } from './negotiation.ts';
import { judgeRegions } from './regions.ts';

/** Registers the suite under `name`. `hostileMessages` are sent by peers that say anything at all. */
export function vfioUserCompliance(name: string, bed: ComplianceBed, hostileMessages: number): void {
  describe(`vfio-user over ${name}`, () => {
    judgeNegotiation(bed);
    judgeRegions(bed);
    judgeInterrupts(bed);
    judgeDma(bed);
    judgeMigration(bed);
    judgeFraming(bed);
    judgeHostility(bed, hostileMessages);
  });
}
