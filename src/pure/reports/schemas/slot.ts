/** The slot that a guest finds a device in, as `airlock view` prints it. */
import * as v from 'valibot';
import { coded, count, hex, type Json, oneOf } from './values.ts';

const size = v.pipe(v.nullable(hex('bytes')), v.description('bytes, in hexadecimal; null where it is not known'));
const answer = (what: string) => v.pipe(v.nullable(v.boolean()), v.description(`${what}; null where that is not known`));

const bar = v.object({
  index: count('0 to 5'),
  state: oneOf(['present', 'unknown'], 'unknown: whether there is a region is not known'),
  kind: v.pipe(v.nullable(v.picklist(['memory', 'io'])), v.description('what lies there; null where that is not known')),
  width: v.pipe(v.nullable(v.picklist([32, 64])), v.description('bits of the address; null where that is not known')),
  prefetchable: answer('whether reading has no side effect'),
  size,
  sizeFrom: v.pipe(
    v.nullable(v.picklist(['host', 'lspci', 'resizable-bar', 'x-msix-relocation'])),
    v.description('who knows the size; null where nobody does'),
  ),
});

const rom = v.object({
  state: oneOf(['present', 'absent', 'unknown'], 'whether the guest finds an expansion ROM'),
  by: oneOf(['host', 'property', 'romfile'], 'what decides that'),
  size,
  sizeFrom: v.pipe(v.nullable(v.picklist(['host', 'lspci'])), v.description('who knows the size; null where nobody does')),
});

const port = v.object({
  placement: oneOf(['root-port', 'root-complex', 'conventional-bridge', 'conventional'], "where the guest's device stands"),
  atomicCompletion: v.pipe(
    v.object({
      bits32: answer('32-bit AtomicOps'),
      bits64: answer('64-bit AtomicOps'),
      bits128: answer('128-bit compare and swap'),
      code: coded.code,
      text: coded.text,
    }),
    v.description('AtomicOps that the port above completes'),
  ),
  endEndPrefixes: v.pipe(
    v.object({
      guest: answer("whether they pass between the guest's device and its root"),
      host: answer("whether they pass between the host's device and its root"),
      code: coded.code,
      text: coded.text,
    }),
    v.description('End-End TLP Prefixes, which PASID needs'),
  ),
});

export const slot = v.object({
  bars: v.pipe(v.array(bar), v.description('one for each region, and for each register of which it is not known whether it has one')),
  rom,
  interruptPin: v.pipe(v.nullable(v.picklist(['A', 'B', 'C', 'D', 'none'])), v.description('of INTx; null where it is not known')),
  port,
});
/** A slot in the JSON of `view`. */
export type SlotJson = Json<typeof slot>;
