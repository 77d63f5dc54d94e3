/** What a change does to each VM: plans of it before and after. */
import { changesOf } from '../../pure/plan/change.ts';
import type { VmDefinition } from '../../pure/plan/definition.ts';
import { Planner, type PlanOptions } from '../../pure/plan/plan.ts';
import { type ChangedVmJson, changedJson } from '../../pure/reports/plan-change-json.ts';
import { AlikeVms } from './alike-vms.ts';
import { type Changed, readChange } from './change.ts';
import { readHosts } from './hosts.ts';

/** What is asked of each VM. */
export interface ChangeQuestion {
  /** Captures of the hosts; none is this machine. */
  readonly hosts: readonly string[];
  /** NAME=VALUE. */
  readonly changes: readonly string[];
  readonly options: PlanOptions;
}

/** One VM: on how many hosts it was looked at, and those on which something changes. */
export interface ChangedVm {
  readonly pairs: number;
  readonly changed: readonly ChangedVmJson[];
}

/** Plans each VM before and after the change. */
export class ChangeJudge {
  readonly change: Changed['change'];
  readonly #old: Planner;
  readonly #now: Planner;
  /** Without the names of VMs and files. */
  readonly #alike = new AlikeVms<ChangedVm>();

  private constructor(old: Planner, now: Planner, change: Changed['change']) {
    [this.#old, this.#now, this.change] = [old, now, change];
  }

  /** Reads the hosts. Throws UsageError. */
  static async prepare({ hosts: paths, changes, options: asked }: ChangeQuestion): Promise<ChangeJudge> {
    // No change is told with what mends it.
    const options = { ...asked, mends: false };
    const hosts = await readHosts(paths);
    const changed = await readChange(changes, { hosts, options });
    return new ChangeJudge(new Planner(hosts, options), new Planner(changed.hosts, changed.options), changed.change);
  }

  judge(definition: VmDefinition): ChangedVm {
    const { pairs, changed } = this.#alike.of(definition, nameless => this.judgeAlone(nameless));
    const { name, source } = definition;
    return { pairs, changed: changed.map(each => ({ ...each, name, file: source.file })) };
  }

  /** The same without what was found of others. */
  judgeAlone(definition: VmDefinition): ChangedVm {
    const change = changesOf(this.#old.plan(definition), this.#now.plan(definition));
    return { pairs: change.hosts.length, changed: changedJson(change) };
  }
}
