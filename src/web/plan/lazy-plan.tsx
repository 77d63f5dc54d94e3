/** The plan, whose code is loaded when it is first looked at. */
import { signal } from '@preact/signals';
import type { FunctionComponent } from 'preact';
import type { PlanProps } from './plan.tsx';

const loaded = signal<FunctionComponent<PlanProps> | null>(null);
const fault = signal<string | null>(null);

async function load(): Promise<void> {
  try {
    loaded.value = (await import('./plan.tsx')).Plan;
  } catch (error) {
    fault.value = error instanceof Error ? error.message : String(error);
  }
}

export function LazyPlan(props: PlanProps) {
  const Plan = loaded.value;
  if (Plan !== null) return <Plan {...props} />;
  if (fault.value === null) void load();
  return (
    <main>
      <h1>Plan</h1>
      {fault.value === null ? <p role="status">Loading the plan…</p> : <p role="alert">The plan cannot be loaded: {fault.value}</p>}
    </main>
  );
}
