/** The compliance suite over streams in memory: whole, cut at every byte, and many messages at once. */

import { createRandom } from './hostile.ts';
import { createMemoryBed } from './memory-bed.ts';
import { vfioUserCompliance } from './suite.ts';

const messages = Number(process.env.AIRLOCK_HOSTILE_MESSAGES ?? 40_000);
const random = createRandom(7);

vfioUserCompliance('memory', createMemoryBed(), messages);
vfioUserCompliance('memory, cut anywhere', createMemoryBed({ split: available => 1 + random(Math.min(available, 65536)) }), messages / 8);
vfioUserCompliance('memory, many at once', createMemoryBed({ coalesce: 8 }), messages / 8);
