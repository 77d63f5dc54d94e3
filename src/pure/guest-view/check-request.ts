/** Checks a request that comes from where no compiler looks: a browser, a file, a row of a table. */

import { isProfileName, PROFILES } from '../profiles/index.ts';
import { PLACEMENTS } from '../rules/realize-input.ts';
import { PASID_BITS } from '../spec/pcie.ts';
import { shorten } from '../text/shorten.ts';
import { RequestError, type ViewRequest } from './view-request.ts';

/** What a part of a request must be: in words, and as a check. */
interface Wanted {
  readonly what: string;
  readonly fits: (value: unknown) => boolean;
}

const isString = (value: unknown): value is string => typeof value === 'string';

const isObject = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

const oneOf = (names: readonly string[]): Wanted => ({ what: names.join(' or '), fits: value => isString(value) && names.includes(value) });

const TEXT: Wanted = { what: 'text', fits: isString };

const settings = (keys: readonly string[]): Wanted => ({
  what: `a list of objects with ${keys.join(', ')}, each of them text`,
  fits: value => Array.isArray(value) && value.every(it => isObject(it) && keys.every(key => isString(it[key]))),
});

const PARTS: { readonly [Part in keyof Required<ViewRequest>]: Wanted } = {
  profile: TEXT,
  machine: TEXT,
  driver: TEXT,
  globals: settings(['driver', 'name', 'value']),
  properties: settings(['name', 'value']),
  placement: oneOf(PLACEMENTS),
  guestIommu: { what: 'an object with pasid, true or false', fits: value => isObject(value) && typeof value.pasid === 'boolean' },
  bytes: oneOf(['host', 'vfio']),
  assumed: { what: 'an object', fits: isObject },
};

const ASSUMED: { readonly [Part in keyof Required<NonNullable<ViewRequest['assumed']>>]: Wanted } = {
  backend: oneOf(['iommufd', 'legacy']),
  capabilities: {
    what: 'a bigint of 64 bits',
    fits: value => typeof value === 'bigint' && BigInt.asUintN(64, value) === value,
  },
  maxPasidLog2: {
    what: `a whole number from 0 to ${PASID_BITS}`,
    fits: value => Number.isInteger(value) && Number(value) >= 0 && Number(value) <= PASID_BITS,
  },
  kernel: TEXT,
};

/** Checks each part; one that is undefined counts as left out. */
function checkParts(what: string, value: Readonly<Record<string, unknown>>, parts: Readonly<Record<string, Wanted>>): void {
  for (const [name, part] of Object.entries(value)) {
    const wanted = Object.hasOwn(parts, name) ? parts[name] : undefined;
    if (wanted === undefined)
      throw new RequestError('request.invalid', `${what} has no part "${shorten(name)}": wanted ${Object.keys(parts).join(', ')}`);
    if (part !== undefined && !wanted.fits(part)) throw new RequestError('request.invalid', `${what}.${name} is not ${wanted.what}`);
  }
}

/**
 * Checks a request part by part. The names of machine types and properties are checked where they are looked up.
 *
 * @throws RequestError with the part and what is wanted there
 */
export function checkRequest(request: unknown): void {
  if (!isObject(request)) throw new RequestError('request.invalid', 'the request is not an object');
  checkParts('request', request, PARTS);
  if (isObject(request.assumed)) checkParts('request.assumed', request.assumed, ASSUMED);
  if (isString(request.profile) && !isProfileName(request.profile))
    throw new RequestError(
      'profile.unknown',
      `there is no profile "${shorten(request.profile)}": wanted ${Object.keys(PROFILES).join(', ')}`,
    );
}
