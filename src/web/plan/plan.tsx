/** VMs on hosts: does each start, and what does its guest see of the host's devices? */
export interface PlanProps {
  /** The VM that is open, by its number in the plan; null where none is. */
  readonly vm: number | null;
  /** The host that it is open on, by its source. */
  readonly source: string | null;
}

export function Plan(_: PlanProps) {
  return (
    <main>
      <h1>Plan</h1>
    </main>
  );
}
