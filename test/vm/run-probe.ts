/** What probe.c says of a device of a host VM. */
import { probeProgram } from './bed.ts';
import type { HostVm } from './host-vm.ts';

export interface ProbeReport {
  readonly hwInfo: { readonly dataType: number; readonly capabilities: string; readonly data: string };
  readonly config: string;
  readonly hardware: string;
}

/** Throws where it exits with another code than 0. */
export async function runProbe(vm: HostVm, address: string): Promise<ProbeReport> {
  await vm.copyIn(probeProgram(), '/usr/local/bin/probe');
  return JSON.parse(await vm.output(['probe', address]));
}
