/** Names of machine types in few words: neighbours of a family as a range. */
import { type MachineSystem, machineTypes } from './machine-types.ts';

/** `pc-q35-5.2 to pc-q35-11.0`, one text for each run of types of a family that stand side by side in the profile's list. */
export function machineRanges(names: readonly string[], profile: MachineSystem): string[] {
  const runs: { family: string; oldest: string; newest: string; at: number }[] = [];
  for (const [at, { name, family }] of machineTypes(profile).entries()) {
    if (!names.includes(name)) continue;
    const run = runs.at(-1);
    if (run?.family === family && run.at === at - 1) {
      run.oldest = name;
      run.at = at;
    } else runs.push({ family, oldest: name, newest: name, at });
  }
  return runs.map(({ oldest, newest }) => (oldest === newest ? newest : `${oldest} to ${newest}`));
}
