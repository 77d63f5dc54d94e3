/** Whether this user may open the files of iommufd and VFIO (access(2)). */
import { accessSync, constants, existsSync } from 'node:fs';
import type { Check } from '../../pure/reports/doctor-report.ts';
import { command, fail, pass, unknown } from './check.ts';

export interface FileAccess {
  readonly code: string;
  /** As the host sees it, such as `/dev/iommu`. */
  readonly path: string;
  readonly root: string;
  /** Whether this user may read and write a file; default what the kernel says. */
  readonly mayOpen?: (path: string) => boolean;
}

function mayReadAndWrite(path: string): boolean {
  try {
    accessSync(path, constants.R_OK | constants.W_OK);
    return true;
  } catch {
    return false;
  }
}

/** Read and write, as every use needs. */
export function checkAccess({ code, path, root, mayOpen = mayReadAndWrite }: FileAccess): Check {
  if (root !== '/') return unknown(code, `${root} is another tree: who may open ${path} of its host does not show`);
  if (!existsSync(path)) return unknown(code, `there is no ${path}, which nobody can open`);
  if (mayOpen(path)) return pass(code, `this user may open ${path}`);
  return fail(code, `this user may not open ${path}; wanted reading and writing`, command(`sudo setfacl -m u:$USER:rw ${path}`));
}
