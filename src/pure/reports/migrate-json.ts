/** The JSON of `migrate`. */
import { formatHex } from '../bytes/hex.ts';
import type { DecodedError, DeviceMigration, Migration, RefusedByte, VmPlan } from '../plan/index.ts';
import type { MigrateDecodeJson, MigrateJson, MigrationJson } from './schemas/migrate.ts';
import { MIGRATE_SCHEMA_VERSION } from './versions.ts';

const offset = (at: number): string => formatHex(at, 3);

function byteJson({ at, read, device, cmask, wmask, w1cmask }: RefusedByte) {
  const two = (value: number): string => formatHex(value, 2);
  return { at: offset(at), read: two(read), device: two(device), cmask: two(cmask), wmask: two(wmask), w1cmask: two(w1cmask) };
}

const named = ({ place, fields }: { readonly place: string; readonly fields: readonly string[] }) => ({ place, fields: [...fields] });

function deviceJson({ id, driver, path, from, to, outcome, refused, unknown, silent }: DeviceMigration): MigrationJson['devices'][number] {
  const told = refused && {
    ...byteJson(refused),
    source: named(refused.source),
    destination: named(refused.destination),
    lines: [...refused.lines],
    count: refused.count,
  };
  const others = silent.map(({ at, source, destination }) => ({ at: offset(at), source: named(source), destination: named(destination) }));
  return { id, driver, path, from, to, outcome, refused: told, unknown, silent: others };
}

function sideJson({ hosts, profile, machine }: VmPlan): MigrationJson['from'] {
  const { 0: host } = hosts;
  return { host: host?.host ?? '', outcome: host?.outcome ?? 'unknown', profile: profile.name, machine };
}

/** One VM. */
export function migrationJson({ from, to, outcome, blockers, errors, devices, warnings }: Migration): MigrationJson {
  return {
    name: from.definition.name,
    outcome,
    from: sideJson(from),
    to: sideJson(to),
    blockers: blockers.map(({ stage, code, message, device, isKnown, why }) => ({ stage, code, message, device, known: isKnown, why })),
    errors: errors.map(({ stage, code, message, of }) => ({ stage, code, message, of })),
    devices: devices.map(deviceJson),
    warnings: warnings.map(({ code, message }) => ({ code, message })),
  };
}

export function migrateJson(vms: readonly Migration[], unread: number): MigrateJson {
  return { schemaVersion: MIGRATE_SCHEMA_VERSION, vms: vms.map(migrationJson), unread };
}

export function migrateDecodeJson(errors: readonly DecodedError[], vms: readonly Migration[]): MigrateDecodeJson {
  return {
    schemaVersion: MIGRATE_SCHEMA_VERSION,
    errors: errors.map(({ byte, ...error }) => ({ ...error, byte: byte && byteJson(byte) })),
    vms: vms.map(migrationJson),
  };
}
