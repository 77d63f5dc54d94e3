import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { BindingError } from './binding-error.ts';
import type { DriverControl } from './driver-control.ts';
import { bindFunctions, unbindFunction } from './rebind.ts';

const A = '0000:01:00.0';
const B = '0000:01:00.1';

interface State {
  driver: string | null;
  override: string | null;
}

/** A kernel with the drivers igb, nvme and vfio-pci. `refuse` names the call, as `unbind 0000:01:00.0`, that fails, and how often. */
class FakeKernel implements DriverControl {
  readonly calls: string[] = [];
  /** Which driver knows a function by its ids. */
  readonly own = new Map([
    [A, 'igb'],
    [B, 'nvme'],
  ]);
  readonly functions: Map<string, State>;
  readonly refuse: Set<string>;
  /** A function that vfio-pci does not take, as one without an IOMMU. */
  stubborn: string | null = null;

  constructor(functions: Readonly<Record<string, State>>, refuse: readonly string[] = []) {
    this.functions = new Map(Object.entries(functions).map(([address, state]) => [address, { ...state }]));
    this.refuse = new Set(refuse);
  }

  #of(address: string): State {
    const state = this.functions.get(address);
    if (state === undefined) throw new BindingError(`Cannot find ${address}`);
    return state;
  }

  #call(words: string): void {
    this.calls.push(words);
    if (this.refuse.has(words)) throw new BindingError(`Cannot ${words}: EIO`);
  }

  driverOf(address: string): string | null {
    return this.#of(address).driver;
  }

  overrideOf(address: string): string | null {
    return this.#of(address).override;
  }

  setOverride(address: string, driver: string | null): void {
    this.#call(`override ${address} ${driver}`);
    this.#of(address).override = driver;
  }

  unbind(address: string, driver: string): void {
    this.#call(`unbind ${address}`);
    assert.equal(this.#of(address).driver, driver, 'unbind from the driver that it has');
    this.#of(address).driver = null;
  }

  bind(address: string, driver: string): void {
    this.#call(`bind ${address} ${driver}`);
    const state = this.#of(address);
    assert.ok(state.override === null || state.override === driver, 'an override keeps other drivers away');
    state.driver = driver;
  }

  probe(address: string): void {
    this.#call(`probe ${address}`);
    const state = this.#of(address);
    const found = state.override ?? this.own.get(address) ?? null;
    if (state.driver === null && !(found === 'vfio-pci' && this.stubborn === address)) state.driver = found;
  }

  hasDriver(): boolean {
    return true;
  }

  state(): Record<string, State> {
    return Object.fromEntries([...this.functions].map(([address, state]) => [address, { ...state }]));
  }
}

const free = (driver: string | null): State => ({ driver, override: null });
const VFIO: State = { driver: 'vfio-pci', override: 'vfio-pci' };
const want = (...addresses: string[]) => addresses.map(address => ({ address, driver: 'vfio-pci' }));

describe('bindFunctions', () => {
  test('bindFunctions sets the override, takes the function from its driver and lets it be found', () => {
    const kernel = new FakeKernel({ [A]: free('igb') });
    assert.deepEqual(bindFunctions(kernel, want(A)), [{ address: A, before: 'igb', after: 'vfio-pci' }]);
    assert.deepEqual(kernel.calls, [`override ${A} vfio-pci`, `unbind ${A}`, `probe ${A}`]);
    assert.deepEqual(kernel.state(), { [A]: VFIO });
  });

  test('bindFunctions takes a function without a driver', () => {
    const kernel = new FakeKernel({ [A]: free(null) });
    assert.deepEqual(bindFunctions(kernel, want(A)), [{ address: A, before: null, after: 'vfio-pci' }]);
  });

  test('bindFunctions leaves alone what has its driver', () => {
    const kernel = new FakeKernel({ [A]: VFIO });
    assert.deepEqual(bindFunctions(kernel, want(A)), [{ address: A, before: 'vfio-pci', after: 'vfio-pci' }]);
    assert.deepEqual(kernel.calls, []);
  });

  const steps = [`override ${B} vfio-pci`, `unbind ${B}`, `probe ${B}`];
  for (const step of steps) {
    test(`bindFunctions leaves everything as it was where the second of two functions fails at: ${step}`, () => {
      const kernel = new FakeKernel({ [A]: free('igb'), [B]: { driver: 'nvme', override: 'nvme' } }, [step]);
      const before = kernel.state();
      assert.throws(
        () => bindFunctions(kernel, want(A, B)),
        (error: unknown) => {
          assert.ok(error instanceof BindingError);
          assert.equal(error.message, `Cannot ${step}: EIO; everything is as it was`);
          return true;
        },
      );
      assert.deepEqual(kernel.state(), before);
    });
  }

  test('bindFunctions puts back a function that the VFIO driver does not take, and says who has it', () => {
    const kernel = new FakeKernel({ [A]: free('igb') });
    kernel.stubborn = A;
    const before = kernel.state();
    assert.throws(() => bindFunctions(kernel, want(A)), {
      name: 'BindingError',
      message: `Cannot bind ${A} to vfio-pci: the kernel left it with no driver; everything is as it was`,
    });
    assert.deepEqual(kernel.state(), before);
  });

  test('bindFunctions says what it could not put back, and puts back the rest', () => {
    const kernel = new FakeKernel({ [A]: free('igb'), [B]: free('nvme') }, [`probe ${B}`, `bind ${B} nvme`]);
    assert.throws(() => bindFunctions(kernel, want(A, B)), {
      message: `Cannot probe ${B}: EIO; and not all is as it was: Cannot bind ${B} nvme: EIO`,
    });
    assert.deepEqual(kernel.state(), { [A]: free('igb'), [B]: free(null) });
  });

  test('bindFunctions of a function that vanishes midway says so', () => {
    const kernel = new FakeKernel({ [A]: free('igb') });
    kernel.unbind = address => {
      kernel.functions.delete(address);
      throw new BindingError(`Cannot take ${address}: ENODEV`);
    };
    assert.throws(() => bindFunctions(kernel, want(A)), {
      message: `Cannot take ${A}: ENODEV; and not all is as it was: Cannot find ${A}`,
    });
  });
});

describe('unbindFunction', () => {
  test('unbindFunction undoes bindFunctions with nothing kept in between', () => {
    const kernel = new FakeKernel({ [A]: free('igb') });
    const before = kernel.state();
    bindFunctions(kernel, want(A));
    assert.deepEqual(unbindFunction(kernel, A), { address: A, before: 'vfio-pci', after: 'igb' });
    assert.deepEqual(kernel.state(), before);
  });

  test('unbindFunction leaves a function without a driver where none knows it', () => {
    const kernel = new FakeKernel({ [A]: VFIO });
    kernel.own.delete(A);
    assert.deepEqual(unbindFunction(kernel, A), { address: A, before: 'vfio-pci', after: null });
  });

  for (const step of [`override ${A} null`, `unbind ${A}`, `probe ${A}`]) {
    test(`unbindFunction leaves everything as it was where it fails at: ${step}`, () => {
      const kernel = new FakeKernel({ [A]: VFIO }, [step]);
      assert.throws(() => unbindFunction(kernel, A), { message: `Cannot ${step}: EIO; everything is as it was` });
      assert.deepEqual(kernel.state(), { [A]: VFIO });
    });
  }

  test('unbindFunction says why a function comes back to VFIO by its ids', () => {
    const kernel = new FakeKernel({ [A]: VFIO });
    kernel.own.set(A, 'vfio-pci');
    assert.throws(() => unbindFunction(kernel, A), /the kernel gave it to vfio-pci, as the ids .* \(remove_id\); everything is as it was$/);
    assert.deepEqual(kernel.state(), { [A]: VFIO });
  });
});
