/** Where a plan is not QEMU, by the title of the line. The test says so of one that differs no more. */
export const DIFFERENCES: ReadonlyMap<string, string> = new Map([
  ['machine: pc-q35-rhel9.6.0', "a distribution's machine is unknown to a plan, and upstream's QEMU has none"],
  ['value: fd=99', 'QEMU says nothing: it ends with a segmentation fault, which the plan says'],
]);
