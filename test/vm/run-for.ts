/** A command in a VM that may take so long and no longer, and is then asked how far it came. */
import type { HostVm } from './booted-vm.ts';
import { type CommandResult, CommandTimeoutError } from './running-vm.ts';

/**
 * As `run`. After `seconds` of this machine's clock, the VM's being another one, the command is ended with all that it has started; its
 * result is then what it had written, with a code of 137 and a last line on standard error that says so.
 */
export async function runFor(vm: HostVm, seconds: number, command: string | readonly string[]): Promise<CommandResult> {
  try {
    return await vm.run(command, { timeoutSeconds: seconds });
  } catch (error) {
    if (!(error instanceof CommandTimeoutError)) throw error;
    return { ...error.result, stderr: `${error.result.stderr}\n${error.message}\n` };
  }
}
