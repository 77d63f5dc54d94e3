/** The published schemas themselves: that each is described to the last field, and that one which does not fit is told. */
import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { REPORT_SCHEMAS } from '../../src/pure/reports/schemas/index.ts';
import { readSchema, schemaFaults } from '../fixtures/published-schemas.ts';
import { airlock, ROOT } from './airlock.ts';

interface Schema {
  readonly $id?: string;
  readonly $ref?: string;
  readonly $defs?: Readonly<Record<string, Schema>>;
  readonly title?: string;
  readonly description?: string;
  readonly type?: string;
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly additionalProperties?: boolean | Schema;
  readonly items?: Schema;
  readonly anyOf?: readonly Schema[];
}

/** Fields that are not described, and objects that let others pass, by their paths. */
function gaps(schema: Schema, path: string, definitions: Readonly<Record<string, Schema>>): string[] {
  const { properties = {}, items, anyOf = [], additionalProperties: rest } = schema;
  const isDescribed = ({ description, $ref }: Schema) =>
    description !== undefined || definitions[$ref?.replace('#/$defs/', '') ?? '']?.description !== undefined;
  const open = schema.type === 'object' && rest === undefined ? [`${path} is open`] : [];
  const undescribed = Object.entries(properties).flatMap(([name, field]) => (isDescribed(field) ? [] : [`${path}.${name}`]));
  const inner: readonly (readonly [string, Schema | undefined])[] = [
    ...Object.entries(properties).map(([name, field]) => [`${path}.${name}`, field] as const),
    [`${path}[]`, items],
    [`${path}{}`, typeof rest === 'object' ? rest : undefined],
    ...anyOf.map(one => [path, one] as const),
  ];
  return [...open, ...undescribed, ...inner.flatMap(([name, field]) => (field === undefined ? [] : gaps(field, name, definitions)))];
}

describe('schemas/', () => {
  const reports = Object.keys(REPORT_SCHEMAS).map(name => `${name}.schema.json`);

  it('has a schema for every output and for every version of captures, and no other', () => {
    assert.deepEqual(readdirSync(join(ROOT, 'schemas')).sort(), ['capture-1.schema.json', 'capture.schema.json', ...reports].sort());
  });

  for (const name of Object.keys(REPORT_SCHEMAS)) {
    it(`${name}.schema.json has an id, a title, words for every field, and lets no other field pass`, () => {
      const schema = readSchema(name) as Schema;
      assert.equal(schema.$id, `urn:vfio-airlock:schemas:${name}`);
      assert.match(schema.title ?? '', /^airlock /);
      assert.match(schema.description ?? '', /\.$/);
      const definitions = schema.$defs ?? {};
      const found = [schema, ...Object.values(definitions)].flatMap(part => gaps(part, part.title ?? '', definitions));
      assert.deepEqual(found, []);
    });
  }

  it('refuses a field that is not declared, one that is missing and a value of another kind', () => {
    const { stdout } = airlock(['view', 'captures/synthetic-vtd-ats.json', '-s', '01:00.0', '--json']);
    const document = JSON.parse(stdout);
    const [device] = document.devices;
    const { outcome, ...without } = device;
    const faults = (changed: object) => schemaFaults('view', { ...document, devices: [changed] });
    assert.equal(outcome, 'realized');
    assert.deepEqual(faults(device), []);
    assert.match(faults({ ...device, moon: 1 }).join(), /must NOT have additional properties/);
    assert.match(faults(without).join(), /must have required property 'outcome'/);
    assert.match(faults({ ...device, outcome: 'perhaps' }).join(), /must be equal to one of the allowed values/);
    assert.match(faults({ ...device, slot: { ...device.slot, moon: 1 } }).join(), /must NOT have additional properties/);
  });

  it('is named in docs/json.md, each file of it', () => {
    const text = readFileSync(join(ROOT, 'docs/json.md'), 'utf8');
    for (const name of reports) assert.ok(text.includes(name.replace('.schema.json', '')), name);
  });
});
