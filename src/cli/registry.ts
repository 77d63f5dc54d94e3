/** Every command by name; each is loaded only when it is called. */
import type { CommandSpec } from './command.ts';

export const COMMANDS = {
  view: () => import('./commands/view.ts'),
  decode: () => import('./commands/decode.ts'),
  compare: () => import('./commands/compare.ts'),
  explore: () => import('./commands/explore.ts'),
  probe: () => import('./commands/probe.ts'),
  capture: () => import('./commands/capture.ts'),
  devices: () => import('./commands/devices.ts'),
  doctor: () => import('./commands/doctor.ts'),
  bind: () => import('./commands/bind.ts'),
  unbind: () => import('./commands/unbind.ts'),
  plan: () => import('./commands/plan.ts'),
  migrate: () => import('./commands/migrate.ts'),
  serve: () => import('./commands/serve.ts'),
  ctl: () => import('./commands/ctl.ts'),
  attach: () => import('./commands/attach.ts'),
  machines: () => import('./commands/machines.ts'),
  properties: () => import('./commands/properties.ts'),
  demo: () => import('./commands/demo.ts'),
  completion: () => import('./commands/completion.ts'),
} as const satisfies Readonly<Record<string, () => Promise<{ readonly command: CommandSpec }>>>;

export type CommandName = keyof typeof COMMANDS;

export function isCommand(name: string): name is CommandName {
  return Object.hasOwn(COMMANDS, name);
}

/** All commands, loaded, in the order in which they are listed. */
export async function loadCommands(): Promise<readonly CommandSpec[]> {
  const modules = await Promise.all(Object.values(COMMANDS).map(load => load()));
  return modules.map(({ command }) => command);
}
