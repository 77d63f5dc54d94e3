/** The I/O Remapping Table that makes Linux nest behind QEMU's SMMUv3 (Arm DEN 0049, "IO Remapping Table"; ACPI 6.5 §5.2.6). */

const CHECKSUM = 9;
const OEM_REVISION = 24;
const NODE_OFFSET = 0x28;
/** Fields of each node, from its begin. */
const [NODE_TYPE, NODE_LENGTH] = [0, 1];
const ROOT_COMPLEX = 2;
/** Memory access flags of a root complex. */
const MEMORY_FLAGS = 0x17;
/** Coherent, and so that no page of a guest can undo it: what Linux wants where the SMMU has no FWB. */
const CANWBS = 1 << 2;

/** The table with the flag set in each root complex, and a revision that the kernel prefers to the firmware's. */
export function nestingIort(table: Uint8Array): Uint8Array {
  const bytes = Uint8Array.from(table);
  const view = new DataView(bytes.buffer);
  let found = 0;
  for (let at = view.getUint32(NODE_OFFSET, true); at < bytes.length; ) {
    if (bytes[at + NODE_TYPE] === ROOT_COMPLEX) {
      bytes[at + MEMORY_FLAGS] = (bytes[at + MEMORY_FLAGS] ?? 0) | CANWBS;
      found++;
    }
    const length = view.getUint16(at + NODE_LENGTH, true);
    if (length === 0) throw new Error(`The IORT's node at ${at} has no length`);
    at += length;
  }
  if (found === 0) throw new Error('The IORT has no root complex');
  view.setUint32(OEM_REVISION, view.getUint32(OEM_REVISION, true) + 1, true);
  bytes[CHECKSUM] = 0;
  bytes[CHECKSUM] = -bytes.reduce((sum, byte) => sum + byte, 0) & 0xff;
  return bytes;
}
