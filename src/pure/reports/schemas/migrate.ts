/** What `airlock migrate` prints: what blocks a VM, and what its destination refuses, or what an error text says. */
import * as v from 'valibot';
import { MIGRATE_SCHEMA_VERSION } from '../versions.ts';
import { address, count, hexDigits, type Json, list, oneOf, orNull, part, schemaVersion, text } from './values.ts';

const stage = oneOf(['platform', 'kernel', 'vmm'], 'who says it: the host and what it has, its kernel, or the VMM');
const code = text('stable, for programs');
const deviceId = orNull(text('id of a device'), 'the id of the device that it is about; null for the VM');

const refusedByte = {
  at: hexDigits(3, 'offset in config space'),
  read: hexDigits(2, "what the source's guest read"),
  device: hexDigits(2, "what the destination's device has"),
  cmask: hexDigits(2, 'bits that must be the same'),
  wmask: hexDigits(2, 'of those, bits that a guest writes, which are not compared'),
  w1cmask: hexDigits(2, 'bits that a written 1 clears, which are not compared'),
};

const namedByte = (whose: string) =>
  part(
    {
      place: text('header, a capability such as ATS [1b0], or no capability'),
      fields: list(v.string(), 'register fields that the byte changes, with their values'),
    },
    `the byte on the ${whose}`,
  );

const names = { source: namedByte('source'), destination: namedByte('destination') };

const blocker = v.object({
  stage,
  code,
  message: text("QEMU's words"),
  device: deviceId,
  known: v.pipe(v.boolean(), v.description('false where whether it holds is not known')),
  why: text('what it means, or what is not known'),
});

const migrationError = v.object({ stage, code, message: text("QEMU's words where it has some"), of: text('what it is about') });

const refused = v.object({
  ...refusedByte,
  ...names,
  lines: list(v.string(), 'what QEMU says, a line each, as far as it is the same for all devices'),
  count: count('bytes that would be refused; QEMU tells of the first alone'),
});

const silent = v.object({ at: hexDigits(3, 'offset of the first byte in config space'), ...names });

const device = v.object({
  id: text('its id, or one made of its driver and its number'),
  driver: text('as the VMM calls it, such as vfio-pci'),
  path: orNull(text('guest path'), 'where it stands in the guest, as QEMU names it: 0000:00:01.0:00.0; null where that is not known'),
  from: orNull(address('address on the source'), 'address on the source; null where it is not known'),
  to: orNull(address('address on the destination'), 'address on the destination; null where it is not known'),
  outcome: oneOf(['loads', 'refused', 'unknown'], 'what becomes of its config space at the destination'),
  refused: orNull(refused, 'the first byte that QEMU refuses; null where it refuses none that is known'),
  unknown: orNull(text('why'), 'why the outcome is unknown; null where it is not'),
  silent: list(silent, 'what the guest finds changed, and nobody compares'),
});

const side = (whose: string) =>
  part(
    {
      host: text('as it was named'),
      outcome: oneOf(['fits', 'fails', 'unknown'], 'whether the VM starts there'),
      profile: text('whose rules, such as qemu-11.1'),
      machine: orNull(text('machine type'), 'full name of the machine type; null where it is not known'),
    },
    `the ${whose}`,
  );

const migration = v.object({
  name: text('the name of the VM'),
  outcome: oneOf(['migrates', 'fails', 'unknown'], 'unknown: what decides about it is not known'),
  from: side('source'),
  to: side('destination'),
  blockers: list(blocker, 'what keeps the VM from being migrated before a byte is sent, or may'),
  errors: list(migrationError, 'what stops the load before any device, or keeps the VM from starting there'),
  devices: list(device, 'in the order in which they are loaded'),
  warnings: list(v.object({ code, message: text('one sentence for people') }), 'what differs and loads without a word'),
});
/** One VM in the JSON of `migrate`. */
export type MigrationJson = Json<typeof migration>;

export const migrateDocument = v.pipe(
  v.object({
    schemaVersion: schemaVersion(MIGRATE_SCHEMA_VERSION),
    vms: list(migration, 'in the order of the input'),
    unread: count('inputs that could not be read'),
  }),
  v.title('airlock migrate --json'),
  v.description('What blocks the migration of each VM, and what its destination refuses.'),
);
/** The JSON of `migrate`. */
export type MigrateJson = Json<typeof migrateDocument>;

export const migrateDecodeDocument = v.pipe(
  v.object({
    schemaVersion: schemaVersion(MIGRATE_SCHEMA_VERSION),
    errors: list(
      v.object({
        code,
        words: text('as they stand in the text'),
        plain: text('what they mean'),
        device: orNull(v.string(), 'a host address, a guest path or what else the words name; null for the VM'),
        byte: orNull(v.object(refusedByte), 'the byte that was refused; null for all else'),
      }),
      'what was found in the text, in its order',
    ),
    vms: list(migration, 'with --from and --to: the VM whose migration failed'),
  }),
  v.title('airlock migrate --decode --json'),
  v.description('What an error text means, of a migration or of a start.'),
);
/** The JSON of `migrate --decode`. */
export type MigrateDecodeJson = Json<typeof migrateDecodeDocument>;
