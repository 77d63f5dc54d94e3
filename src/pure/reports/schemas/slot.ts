/** The slot that a guest finds a device in, as `airlock view` prints it. */
import * as v from 'valibot';
import { coded, count, hex, type Json, list, oneOf, orNull, part } from './values.ts';

const size = orNull(hex('bytes'), 'bytes, in hexadecimal; null where it is not known');
const answer = (what: string) => orNull(v.boolean(), `${what}; null where that is not known`);

const bar = v.object({
  index: count('0 to 5'),
  state: oneOf(['present', 'unknown'], 'unknown: whether there is a region is not known'),
  kind: orNull(v.picklist(['memory', 'io']), 'what lies there; null where that is not known'),
  width: orNull(v.picklist([32, 64]), 'bits of the address; null where that is not known'),
  prefetchable: answer('whether reading has no side effect'),
  size,
  sizeFrom: orNull(
    v.picklist(['host', 'lspci', 'resizable-bar', 'x-msix-relocation', 'vmm']),
    'who knows the size; null where nobody does',
  ),
});

const rom = v.object({
  state: oneOf(['present', 'absent', 'unknown'], 'whether the guest finds an expansion ROM'),
  by: oneOf(['host', 'property', 'romfile'], 'what decides that'),
  size,
  sizeFrom: orNull(v.picklist(['host', 'lspci']), 'who knows the size; null where nobody does'),
});

const port = v.object({
  placement: oneOf(['root-port', 'root-complex', 'conventional-bridge', 'conventional'], "where the guest's device stands"),
  atomicCompletion: part(
    {
      bits32: answer('32-bit AtomicOps'),
      bits64: answer('64-bit AtomicOps'),
      bits128: answer('128-bit compare and swap'),
      code: coded.code,
      text: coded.text,
    },
    'AtomicOps that the port above completes',
  ),
  endEndPrefixes: part(
    {
      guest: answer("whether they pass between the guest's device and its root"),
      host: answer("whether they pass between the host's device and its root"),
      code: coded.code,
      text: coded.text,
    },
    'End-End TLP Prefixes, which PASID needs',
  ),
});

export const slot = v.object({
  bars: list(bar, 'one for each region, and for each register of which it is not known whether it has one'),
  rom: v.pipe(rom, v.description('the expansion ROM')),
  interruptPin: orNull(v.picklist(['A', 'B', 'C', 'D', 'none']), 'of INTx; null where it is not known'),
  port: v.pipe(port, v.description('what the port above contributes')),
});
/** A slot in the JSON of `view`. */
export type SlotJson = Json<typeof slot>;
