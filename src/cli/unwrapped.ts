/** Inputs taken out of what they are wrapped in: compressed, in UTF-16, in HTML, in quoted-printable. */
import {
  type InputWrapping,
  MOST_PACKED,
  TextUnwrapper,
  type TextWrapping,
  UnpackError,
  type UnpackedHere,
  unpack,
} from '../pure/inputs/index.ts';

/** An input whose beginning was read. */
interface Opened {
  readonly first: Uint8Array;
  readonly rest: AsyncIterable<Uint8Array>;
}

export async function* joined(first: Uint8Array, rest: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  yield first;
  yield* rest;
}

/** A stream that is cut, or is no gzip, ends in an error. */
async function* gunzip({ first, rest }: Opened): AsyncGenerator<Uint8Array> {
  const [{ pipeline, Readable }, { createGunzip }] = await Promise.all([import('node:stream'), import('node:zlib')]);
  const inside = createGunzip({ chunkSize: 1024 * 1024 });
  pipeline(Readable.from(joined(first, rest)), inside, () => {});
  yield* inside;
}

async function* fromUtf16({ first, rest }: Opened, encoding: 'utf-16le' | 'utf-16be'): AsyncGenerator<Uint8Array> {
  const decoder = new TextDecoder(encoding);
  for await (const chunk of joined(first, rest)) yield Buffer.from(decoder.decode(chunk, { stream: true }));
}

async function* fromText({ first, rest }: Opened, name: TextWrapping): AsyncGenerator<Uint8Array> {
  const unwrapper = new TextUnwrapper(name);
  for await (const chunk of joined(first, rest)) yield unwrapper.push(chunk);
  yield unwrapper.end();
}

/** A whole file at once. */
async function* unpacked({ first, rest }: Opened, format: UnpackedHere): AsyncGenerator<Uint8Array> {
  const parts: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of joined(first, rest)) {
    size += chunk.length;
    if (size > MOST_PACKED)
      throw new UnpackError(`it is compressed and has more than ${MOST_PACKED} bytes: give the output of ${format} -dc`);
    parts.push(chunk);
  }
  yield unpack(Buffer.concat(parts), format);
}

/** What is inside of a wrapping. Throws UnpackError. */
export async function* unwrapped(wrapping: InputWrapping, input: Opened): AsyncGenerator<Uint8Array> {
  switch (wrapping) {
    case 'gzip':
      return yield* gunzip(input);
    case 'xz':
    case 'bzip2':
      return yield* unpacked(input, wrapping);
    case 'zstd':
      throw new UnpackError('it is compressed with zstd, which is not unpacked here: give the output of zstd -dc');
    case 'utf-16le':
    case 'utf-16be':
      return yield* fromUtf16(input, wrapping);
    case 'quoted-printable':
    case 'html':
      return yield* fromText(input, wrapping);
  }
}
