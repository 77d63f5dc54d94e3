/** What the comparison of two hosts was asked: by what devices correspond, and whether those that are the same are listed. */
import { signal } from '@preact/signals';
import type { PairBy } from './host-pairs.ts';
import { linkText } from './linked.ts';

export const pairBy = signal<PairBy>('address');
export const listed = signal<'differing' | 'all'>('differing');

linkText('pair-by', pairBy, (text): text is PairBy => text === 'address' || text === 'ids');
linkText('listed', listed, (text): text is 'differing' | 'all' => text === 'differing' || text === 'all');
